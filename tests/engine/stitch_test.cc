// Attempts from records: views, joins, probes, floods, outcomes.
#include "engine/stitch.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/case_builder.h"

namespace deskfall {

using testing::at;
using testing::CaseBuilder;

namespace {

const RuleSet& pack() {
  static const Result<RuleSet> kRules = RuleSet::load({});
  REQUIRE(kRules.has_value());
  return *kRules;
}

std::vector<Attempt> attempts_of(const CaseBuilder& b) {
  Clocks clocks;
  return stitch(b.data(), pack(), clocks);
}

std::string line(double at, const std::string& rest) {
  return "SRV01 " + std::to_string(at) + " " + rest;
}

/// A connection of which the server saw only the TCP part; ends after 50 ms.
void early_end(CaseBuilder& b, double at, const std::string& id,
               const std::string& from, const std::string& end = "") {
  b.add(line(at, "core 131 ConnType=TCP ClientIP=" + from + " @" + id));
  b.add(line(at + 0.01, "core 65 @" + id));
  if (!end.empty()) {
    b.add(line(at + 0.04, end + " @" + id));
  }
  b.add(line(at + 0.05, "core 102 @" + id));
}

/// A connection up to a session that stays open.
void session(CaseBuilder& b, double at, const std::string& id,
             const std::string& from, const std::string& number = "3") {
  b.add(line(at, "core 131 ConnType=TCP ClientIP=" + from + " @" + id));
  b.add(line(at + 0.1, "core 72 MethodName=OnStartLicensing @" + id));
  b.add(line(at + 0.2, "core 72 MethodName=ProtocolComplete @" + id));
  b.add(line(at + 0.5, "core 66 SessionID=" + number + " @" + id));
}

std::vector<AttemptOutcome> outcomes(const std::vector<Attempt>& attempts) {
  std::vector<AttemptOutcome> out;
  for (const Attempt& attempt : attempts) {
    out.push_back(attempt.outcome);
  }
  return out;
}

using Outcomes = std::vector<AttemptOutcome>;
constexpr auto kProbe = AttemptOutcome::kProbe;
constexpr auto kFailed = AttemptOutcome::kFailed;
constexpr auto kSuccess = AttemptOutcome::kSuccess;

}  // namespace

TEST_CASE("The throw-away connection before a session is a probe") {
  CaseBuilder b;
  early_end(b, 0, "F401", "192.0.2.7:50001");
  session(b, 3, "F402", "192.0.2.7:50002");
  CHECK(outcomes(attempts_of(b)) == Outcomes{kProbe, kSuccess});
}

TEST_CASE("Without a session behind it, an early end is a failure") {
  CaseBuilder b;
  early_end(b, 0, "F401", "192.0.2.7:50001");
  CHECK(outcomes(attempts_of(b)) == Outcomes{kFailed});
}

TEST_CASE("A probe is folded up to 120 s before the session, not later") {
  CaseBuilder near;
  early_end(near, 0, "F401", "192.0.2.7:50001");  // ends at 0.05
  session(near, 120, "F402", "192.0.2.7:50002");
  CHECK(outcomes(attempts_of(near)) == Outcomes{kProbe, kSuccess});
  CaseBuilder far;
  early_end(far, 0, "F401", "192.0.2.7:50001");
  session(far, 120.2, "F402", "192.0.2.7:50002");
  CHECK(outcomes(attempts_of(far)) == Outcomes{kFailed, kSuccess});
}

TEST_CASE("A connection has at most two probes, the nearest ones") {
  CaseBuilder b;
  early_end(b, 0, "F401", "192.0.2.7:50001");
  early_end(b, 10, "F402", "192.0.2.7:50002");
  early_end(b, 20, "F403", "192.0.2.7:50003");
  session(b, 30, "F404", "192.0.2.7:50004");
  CHECK(outcomes(attempts_of(b)) ==
        Outcomes{kFailed, kProbe, kProbe, kSuccess});
}

TEST_CASE("A session from elsewhere makes no probe") {
  CaseBuilder b;
  early_end(b, 0, "F401", "192.0.2.8:50001");
  session(b, 3, "F402", "192.0.2.7:50002");
  CHECK(outcomes(attempts_of(b)) == Outcomes{kFailed, kSuccess});
}

TEST_CASE("The ladder stops where the records stop") {
  CaseBuilder b;
  early_end(b, 0, "F401", "192.0.2.7:50001", "core 142 error=64");
  session(b, 500, "F402", "192.0.2.9:50002");
  const auto attempts = attempts_of(b);
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0].passed == Stage::kTcp);
  CHECK(attempts[0].close == Close::kReset);
  CHECK(attempts[0].fell.first == Stage::kX224);
  CHECK(attempts[0].client_port == 50001);
  CHECK(attempts[1].passed == Stage::kSession);
  CHECK(attempts[1].session == 3U);
}

TEST_CASE("Silence is told from reset by the Win32 code") {
  CaseBuilder b;
  early_end(b, 0, "F401", "192.0.2.7:50001", "core 143 error=121");
  CHECK(attempts_of(b).at(0).close == Close::kSilence);
  CaseBuilder wrapped;
  early_end(wrapped, 0, "F401", "192.0.2.7:50001",
            "core 226 ErrorCode=0x80070040");
  CHECK(attempts_of(wrapped).at(0).close == Close::kReset);
}

TEST_CASE("A session that was signed out is a success") {
  CaseBuilder b;
  session(b, 0, "F401", "192.0.2.7:50001");
  b.add("SRV01 600 core 102 @F401")
      .add(
          "SRV01 600.1 core 103 ReasonCode=12 "
          "@F401");
  const auto attempts = attempts_of(b);
  REQUIRE(attempts.size() == 1);
  CHECK(attempts[0].close == Close::kLoggedOff);
  CHECK(attempts[0].outcome == kSuccess);
}

TEST_CASE("A session without an end beside a crash was cut by it") {
  CaseBuilder b;
  session(b, 0, "F401", "192.0.2.7:50001");
  b.add("SRV01 60 system 7031 ServiceKey=TermService");
  const auto attempts = attempts_of(b);
  REQUIRE(attempts.size() == 1);
  CHECK(attempts[0].close == Close::kCrash);
  CHECK(attempts[0].outcome == kFailed);
  CaseBuilder other;
  session(other, 0, "F401", "192.0.2.7:50001");
  other.add("SRV01 60 system 7031 ServiceKey=Spooler");
  CHECK(attempts_of(other).at(0).outcome == kSuccess);
}

TEST_CASE("Ten early ends are a flood, nine are nine failures") {
  for (const int count : {9, 10}) {
    CaseBuilder b;
    for (int i = 0; i < count; ++i) {
      early_end(b, 60.0 * i, "F4" + std::to_string(10 + i),
                "198.51.100." + std::to_string(i + 1) + ":4000");
    }
    const auto attempts = attempts_of(b);
    CHECK(std::count_if(attempts.begin(), attempts.end(), [](const Attempt& a) {
            return a.outcome == AttemptOutcome::kScan;
          }) == (count == 10 ? 10 : 0));
  }
}

TEST_CASE("An activity id joins client and server through the UDP accept") {
  CaseBuilder b;
  b.add("PC1 0 rdpclient 1024 Value=SRV01 @C1")
      .add("PC1 1.2 rdpclient 1025 @C1")
      .add("PC1 9 rdpclient 1026 Value=2308 @C1");
  session(b, 0.5, "F401", "192.0.2.7:50001");
  b.add("SRV01 0.8 core 131 ConnType=UDP ClientIP=192.0.2.7:60001 @C1");
  const auto attempts = attempts_of(b);
  REQUIRE(attempts.size() == 1);
  CHECK(attempts[0].join == Join::kExact);
  CHECK(attempts[0].error == 2308U);
}

TEST_CASE("Behind one address, UDP belongs to the connection that is set up") {
  // Client 1 is set up, client 2 has just connected from the same address.
  CaseBuilder b;
  b.add("PC1 0 rdpclient 1024 Value=SRV01 @C1")
      .add("PC1 9 rdpclient 1026 Value=2308 @C1");
  session(b, 0.5, "F401", "192.0.2.7:50001");
  b.add("SRV01 1.5 core 131 ConnType=TCP ClientIP=192.0.2.7:50002 @F402");
  b.add("SRV01 1.6 core 131 ConnType=UDP ClientIP=192.0.2.7:60001 @C1");
  b.add("SRV01 1.7 core 65 @F402");
  const auto attempts = attempts_of(b);
  const auto mine =
      std::find_if(attempts.begin(), attempts.end(),
                   [](const Attempt& a) { return a.client.exists(); });
  REQUIRE(mine != attempts.end());
  CHECK(mine->client_port == 50001);
}

TEST_CASE("Behind one address, two set up connections share no UDP accept") {
  CaseBuilder b;
  session(b, 0, "F401", "192.0.2.7:50001", "3");
  session(b, 1, "F402", "192.0.2.7:50002", "4");
  b.add("SRV01 2 core 131 ConnType=UDP ClientIP=192.0.2.7:60001 @C1");
  for (const Attempt& attempt : attempts_of(b)) {
    CHECK(attempt.activity_ids.size() == 1);
  }
}

TEST_CASE("A long failure beside another's session is no probe") {
  // Two clients behind one address: one hangs for 30 s, the other gets in.
  CaseBuilder b;
  b.add("SRV01 0 core 131 ConnType=TCP ClientIP=192.0.2.7:50001 @F401");
  b.add("SRV01 0.1 core 65 @F401");
  session(b, 10, "F402", "192.0.2.7:50002");
  b.add("SRV01 30 core 142 error=121 @F401").add("SRV01 30 core 102 @F401");
  CHECK(outcomes(attempts_of(b)) == Outcomes{kFailed, kSuccess});
}

TEST_CASE("Without activity ids, records go from accept to end") {
  CaseBuilder b;
  b.add("SRV01 0 core 131 ConnType=TCP ClientIP=192.0.2.7:50001")
      .add("SRV01 0.1 core 65")
      .add("SRV01 0.2 core 103 ReasonCode=0")
      .add("SRV01 2 core 131 ConnType=TCP ClientIP=192.0.2.7:50002")
      .add("SRV01 2.2 core 72 MethodName=OnStartLicensing")
      .add("SRV01 2.9 core 66 SessionID=2");
  const auto attempts = attempts_of(b);
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0].server.events.size() == 3);
  CHECK(attempts[1].session == 2U);
}

TEST_CASE("A dialog goes to the try with its id, else with code and time") {
  const std::string client = "PC1 9 rdpclient 1026 Value=2308 @C1";
  CaseBuilder by_id;
  by_id.add("PC1 0 rdpclient 1024 Value=SRV01 @C1").add(client);
  by_id.add("- 4000 dialog 1 Error=2308 Extended=7 @C1");
  const auto joined = attempts_of(by_id);
  REQUIRE(joined.size() == 1);
  CHECK(joined[0].extended == 7U);
  CaseBuilder by_time;
  by_time.add("PC1 0 rdpclient 1024 Value=SRV01 @C1").add(client);
  by_time.add("- 11 dialog 1 Error=2308 Extended=7");
  CHECK(attempts_of(by_time).size() == 1);
  CaseBuilder alone;
  alone.add("PC1 0 rdpclient 1024 Value=SRV01 @C1").add(client);
  alone.add("- 11 dialog 1 Error=516 Extended=0");
  const auto two = attempts_of(alone);
  REQUIRE(two.size() == 2);
  CHECK(two[1].error == 516U);
  CHECK_FALSE(two[1].client.exists());
}

}  // namespace deskfall
