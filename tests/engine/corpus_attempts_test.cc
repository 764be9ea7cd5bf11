// Attempts of real public logs. Every number was counted without this program:
// evtxexport -f xml, then grep over its text.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "engine/stitch.h"
#include "ingest/ingest.h"

namespace deskfall {

namespace {

const std::string kCorpus =
    std::string(DESKFALL_SOURCE_DIR) + "/../shared/corpus/evtx/";
const std::string kServerSet =
    "AndrewRathbun+DFIRArtifactMuseum/Windows/EventLogs/Win2012R2/"
    "StolenSzechuan/StolenSzechuanEventLogs/Microsoft-Windows-";

/// Nothing when the corpus is not there.
std::optional<std::vector<Attempt>> attempts_of(const std::string& file) {
  if (!std::filesystem::exists(kCorpus + file)) {
    WARN("corpus file not present: " << file);
    return std::nullopt;
  }
  auto rules = RuleSet::load({});
  REQUIRE(rules);
  auto store = Store::create_temporary();
  REQUIRE(store);
  const std::vector<std::string> inputs = {kCorpus + file};
  REQUIRE(ingest_bundle(inputs, {}, {}, *store));
  const auto data = load_case(*store);
  REQUIRE(data);
  Clocks clocks;
  return stitch(*data, *rules, clocks);
}

/// Attempts with a server side that passed at least `stage`.
std::ptrdiff_t passed(const std::vector<Attempt>& attempts, Stage stage) {
  return std::count_if(attempts.begin(), attempts.end(),
                       [stage](const Attempt& attempt) {
                         return attempt.server.passed >= stage;
                       });
}

}  // namespace

TEST_CASE("A scanned public server shows every accept and its few sessions") {
  // EventID 131 with ConnType TCP: 346 lines; EventID 66: 4 lines.
  const auto attempts = attempts_of(
      kServerSet + "RemoteDesktopServices-RdpCoreTS%4Operational.evtx");
  if (!attempts) {
    return;
  }
  CHECK(passed(*attempts, Stage::kTcp) == 346);
  CHECK(passed(*attempts, Stage::kSession) == 4);
  // The same text, event ids collected per ActivityID that has a 131: 247 times
  // {65 102 103 131 139 141}, 95 times the same without 139, 4 times a set with
  // 66 and 98. So all have an end, and 342 went no further than TCP; one more
  // id has a 103 alone, the end of a connection from before the log.
  const auto count = [&](auto holds) {
    return std::count_if(attempts->begin(), attempts->end(), holds);
  };
  CHECK(count([](const Attempt& a) { return a.server.closed; }) == 346);
  CHECK(count([](const Attempt& a) { return a.passed == Stage::kTcp; }) == 342);
  CHECK(count([](const Attempt& a) {
          return std::any_of(a.codes.begin(), a.codes.end(),
                             [](const SeenCode& c) { return c.what == "139"; });
        }) == 247);
  CHECK(count([](const Attempt& a) { return a.reached_session(); }) ==
        count([](const Attempt& a) {
          return a.outcome == AttemptOutcome::kSuccess;
        }));
}

TEST_CASE("A healthy public client log gives one session and no failure") {
  // One each of 1024, 1025, 1026 and 1028; the Value of the 1026 is 2.
  const auto attempts =
      attempts_of(kServerSet + "TerminalServices-RDPClient%4Operational.evtx");
  if (!attempts) {
    return;
  }
  REQUIRE(attempts->size() == 1);
  CHECK(attempts->front().error == 2U);
  CHECK(attempts->front().outcome == AttemptOutcome::kSuccess);
}

TEST_CASE("A public log of guessing shows connections that never got in") {
  // EventID 131: 126 lines, all TCP, and one more among the records that
  // -m all recovers; five more stand in slack behind an overwritten template
  // that another chunk still has. No 66, no 98, no word "Licensing".
  const auto attempts = attempts_of(
      "omerbenamram+evtx/samples/2-vss_0-Microsoft-Windows-"
      "RemoteDesktopServices-RdpCoreTS%4Operational.evtx");
  if (!attempts) {
    return;
  }
  const auto accepted = std::count_if(
      attempts->begin(), attempts->end(),
      [](const Attempt& attempt) { return attempt.client_port != 0; });
  CHECK(accepted == 132);
  CHECK(passed(*attempts, Stage::kCredssp) == 0);
  // Of the 126, 119 have a live 140 (credentials judged, so TLS was up); what
  // this program recovers from slack adds some.
  const auto judged = std::count_if(
      attempts->begin(), attempts->end(), [](const Attempt& attempt) {
        return attempt.client_port != 0 && attempt.passed == Stage::kTls;
      });
  CHECK(judged >= 119);
  CHECK(judged <= accepted);
}

}  // namespace deskfall
