// The first gate that closed, what came near, and what would have turned it.
#include "engine/why_not.h"

#include <catch2/catch.hpp>

#include "tests/support/judged.h"

namespace deskfall {

using testing::CaseBuilder;
using testing::failing_connection;
using testing::rules_of;
using testing::small_pack;

namespace {

std::string cause(const std::string& items, const std::string& more = "") {
  return "{kind: cause, id: c, title: C, prior: 5%, explain: x, origin: o, "
         "fails_at: tcp..credssp, " +
         more + "evidence: [" + items + "]}\n";
}

std::string item(const std::string& rest) {
  return "{id: i, says: x, if_cause: 90%, otherwise: 9%, " + rest + "}, ";
}

WhyNot ask(const CaseBuilder& builder, const std::string& rule,
           const std::string& id = "c") {
  const RuleSet rules = rules_of({small_pack(), rule});
  Inquiry inquiry(builder.data(), rules, Clocks());
  auto why = why_not(inquiry, 0, id);
  if (!why) {
    FAIL(why.error().text());
  }
  return std::move(*why);
}

const std::string kRequired =
    item("role: required, event: died, within: [-5s, +5s]");

bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("The nearest miss names record, time and window, and what turns it") {
  // The failure ends at 10 s: 0.7 s is 9.3 s before it.
  const WhyNot why =
      ask(failing_connection().add("SRV01 0.7 system 7031"), cause(kRequired));
  CHECK(contains(why.gate, "required evidence: i provably not there"));
  CHECK(why.items.at(0).nearest == "7031 at -9.3 s, window -5.0 s to +5.0 s");
  CHECK(why.items.at(0).change == "a window from -9.3 s");
  CHECK(why.change == "i: a window from -9.3 s");
}

TEST_CASE("A window that would not turn it is not named") {
  // Two are asked for, one stands nearby.
  const WhyNot why = ask(failing_connection().add("SRV01 0.7 system 7031"),
                         cause(item("role: required, count: died, at_least: 2, "
                                    "within: [-5s, +5s]")));
  CHECK(contains(why.items.at(0).nearest, "7031 at -9.3 s"));
  CHECK(why.items.at(0).change.empty());
}

TEST_CASE("A record in the window that is another's says whose") {
  const WhyNot why =
      ask(failing_connection().add("SRV01 9 system 7031 From=192.0.2.8"),
          cause(item("role: required, event: died, within: [-5s, +5s], "
                     "any: [client_ip]")));
  CHECK(contains(why.items.at(0).nearest,
                 "7031 at -1.0 s lies in the window, but its client_ip is "
                 "another"));
}

TEST_CASE("A record on another host is named with that host") {
  const WhyNot why =
      ask(failing_connection().add("SRV02 9 system 7031"), cause(kRequired));
  CHECK(contains(why.items.at(0).nearest, "stands on SRV02"));
}

TEST_CASE("Gates close in order: ladder, required, needs, refuted, score") {
  const std::string present =
      item("role: required, event: died, within: [-5s, +5s]");
  const CaseBuilder seen = failing_connection().add("SRV01 9 system 7031");
  CHECK(contains(ask(seen, cause(present, "")).gate, "the score"));
  CaseBuilder tls = seen;
  tls.add("SRV01 0.2 core 153 @F401");
  const std::string early =
      "{kind: cause, id: c, title: C, prior: 5%, explain: x, origin: o, "
      "fails_at: tcp, evidence: [" +
      present + "]}\n";
  CHECK(contains(ask(tls, early).gate, "the ladder"));
  CHECK(contains(ask(seen, cause(present,
                                 "needs: [{log: rdpclient-operational, host: "
                                 "client, else: undecidable}], "))
                     .gate,
                 "a log that it needs: rdpclient-operational"));
  const std::string refuting =
      "{id: r, says: x, role: refuting, if_cause: 1%, otherwise: 9%, "
      "event: warned, within: [-5s, 5s]}";
  CaseBuilder both = seen;
  both.add("SRV01 9 system 7011");
  CHECK(contains(ask(both, cause(present + refuting)).gate,
                 "refuting evidence: r"));
}

TEST_CASE("Silence that was broken names the record that broke it") {
  const WhyNot why =
      ask(failing_connection().add("SRV01 14 system 7031"),
          cause(item("role: required, none: died, within: [-5s, +5s], "
                     "controls: off")));
  CHECK(contains(why.items.at(0).nearest, "7031 at +4.0 s breaks the silence"));
  CHECK(why.items.at(0).change == "a window that ends before +4.0 s");
}

TEST_CASE("A sequence out of its gap says how long it took") {
  const WhyNot why =
      ask(failing_connection()
              .add("SRV01 9 system 7031")
              .add("SRV01 39 system 7036"),
          cause(item("role: required, within: [-5s, +5s], sequence: [{event: "
                     "died}, {event: back, gap: [0s, 10s]}]")));
  CHECK(contains(why.items.at(0).nearest, "then 7036 30.0 s later"));
  CHECK(why.items.at(0).change == "a gap that reaches 30.0 s");
}

TEST_CASE("Where the clocks decide, better clocks are the change") {
  CaseBuilder b;
  b.add("PC1 0 rdpclient 1024 Value=SRV01 @C1")
      .add("PC1 10 rdpclient 1026 Value=2308 @C1")
      .add("SRV01 70 system 7031")
      .run("SRV01", "System", 1, 90, -9000, 9000);
  const WhyNot why = ask(b, cause(kRequired));
  CHECK(why.items.at(0).value == "unknown");
  CHECK(contains(why.items.at(0).change, "clocks of the two hosts"));
}

TEST_CASE("A cause that leads is told so, an unknown one gets a hint") {
  const RuleSet rules = rules_of({small_pack(), cause(kRequired)});
  Inquiry inquiry(failing_connection().data(), rules, Clocks());
  const auto unknown = why_not(inquiry, 0, "zzz");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().what == "no cause is called 'zzz'");
  const WhyNot why = ask(
      failing_connection().add("SRV01 9 system 7031"),
      cause("{id: i, says: x, if_cause: 99%, otherwise: 0.01%, statement: yes, "
            "role: required, event: died, within: [-5s, 5s]}"));
  CHECK(why.gate == "none: it is established for this failure");
  CHECK(contains(why_not_text(why), "gate     none"));
}

}  // namespace deskfall
