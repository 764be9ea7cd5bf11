// Sequence, rate, state, between, anchors and stages, in three values.
#include <catch2/catch.hpp>

#include "tests/support/judged.h"

namespace deskfall {

using testing::CaseBuilder;
using testing::cause_of;
using testing::failing_connection;
using testing::Judged;
using testing::rules_of;
using testing::small_pack;

namespace {

/// The failure ends at 10 s.
Value value_of(const CaseBuilder& builder, const std::string& item) {
  return Judged(builder, rules_of({small_pack(), cause_of({item})}))
      .finding("i1")
      .value;
}

/// `to` is where the System log ends, damaged, so that nothing covers more.
CaseBuilder system_log_until(double to) {
  CaseBuilder b;
  b.add("SRV01 0 core 131 ConnType=TCP ClientIP=192.0.2.7:50001 @F401")
      .add("SRV01 10 core 102 @F401")
      .run("SRV01", "System", 1, 90, -100, to, 2)
      .run("SRV01", testing::kCoreChannel, 1, 90, -100, 200)
      .damaged(2);
  return b;
}

const std::string kDiedThenBack =
    "sequence: [{event: died, as: died}, {event: back, as: back, gap: [0s, "
    "5m]}], within: [-5s, +5s]";
const std::string kDiedMaybeBack =
    "sequence: [{event: died, as: died}, {event: back, as: back, gap: [0s, "
    "5m], optional: yes}], within: [-5s, +5s]";

}  // namespace

TEST_CASE("A sequence holds when its steps follow each other in their gaps") {
  CHECK(value_of(failing_connection()
                     .add("SRV01 9 system 7031")
                     .add("SRV01 60 system 7036"),
                 kDiedThenBack) == Value::kPresent);
  // The wrong way round, too late, and not at all.
  CHECK(value_of(failing_connection()
                     .add("SRV01 8 system 7036")
                     .add("SRV01 9 system 7031")
                     .run("SRV01", "System", 1, 99, -100, 900),
                 kDiedThenBack) == Value::kAbsent);
  CHECK(value_of(failing_connection()
                     .add("SRV01 9 system 7031")
                     .add("SRV01 309.1 system 7036")
                     .run("SRV01", "System", 1, 99, -100, 900),
                 kDiedThenBack) == Value::kAbsent);
  CHECK(value_of(failing_connection(), kDiedThenBack) == Value::kAbsent);
}

TEST_CASE("An early false start does not hide a true pair") {
  // Engines that keep only the first start miss it: 7031 at 6 s is too early
  // for a gap of 2 s, 7031 at 9 s is not.
  CHECK(value_of(failing_connection()
                     .add("SRV01 6 system 7031")
                     .add("SRV01 9 system 7031")
                     .add("SRV01 10.5 system 7036"),
                 "sequence: [{event: died}, {event: back, gap: [0s, 2s]}], "
                 "within: [-5s, +5s]") == Value::kPresent);
}

TEST_CASE("One record is never two steps") {
  const std::string twice =
      "sequence: [{event: died}, {event: died, gap: [0s, 5s]}], "
      "within: [-5s, +5s]";
  CHECK(value_of(failing_connection().add("SRV01 9 system 7031"), twice) ==
        Value::kAbsent);
  CHECK(value_of(failing_connection()
                     .add("SRV01 9 system 7031")
                     .add("SRV01 9 system 7031"),
                 twice) == Value::kPresent);
}

TEST_CASE("Inside one log the record numbers decide the order") {
  // Both at 9 s: died has the higher number, so it came after.
  const auto order = [](const std::string& died, const std::string& back) {
    return value_of(failing_connection()
                        .add("SRV01 9 system 7031 #" + died)
                        .add("SRV01 9 system 7036 #" + back)
                        .run("SRV01", "System", 1, 99, -100, 900),
                    kDiedThenBack);
  };
  CHECK(order("50", "51") == Value::kPresent);
  CHECK(order("51", "50") == Value::kAbsent);
}

TEST_CASE("A step that a missing log would show leaves the answer open") {
  // The log ends at 12 s: whether the service came back nobody knows.
  CHECK(value_of(system_log_until(12).add("SRV01 9 system 7031"),
                 kDiedThenBack) == Value::kUnknown);
  // It may also have ended before the first step.
  CHECK(value_of(system_log_until(6), kDiedThenBack) == Value::kUnknown);
  // No first step where the log does cover it: the second does not matter.
  CHECK(value_of(system_log_until(20), kDiedThenBack) == Value::kAbsent);
}

TEST_CASE("An optional step may be missing, and is taken when it is there") {
  CHECK(value_of(failing_connection().add("SRV01 9 system 7031"),
                 kDiedMaybeBack) == Value::kPresent);
  const Judged both(failing_connection()
                        .add("SRV01 9 system 7031")
                        .add("SRV01 60 system 7036"),
                    rules_of({small_pack(), cause_of({kDiedMaybeBack})}));
  CHECK(both.finding("i1").count == 2);
  CHECK(both.finding("i1").bound.count("back") == 1);
  CHECK(value_of(failing_connection().add("SRV01 60 system 7036"),
                 kDiedMaybeBack) == Value::kAbsent);
}

TEST_CASE("Between two bound records counts what lies between them") {
  const auto silence = [](CaseBuilder b) {
    b.add("SRV01 9 system 7031").add("SRV01 60 system 7036");
    const Judged judged(
        b, rules_of({small_pack(),
                     cause_of({kDiedThenBack,
                               "none: warned, between: [died.time, back.time], "
                               "controls: off"})}));
    return judged.finding("i2").value;
  };
  CHECK(silence(failing_connection()) == Value::kPresent);
  CHECK(silence(failing_connection().add("SRV01 30 system 7011")) ==
        Value::kAbsent);
  CHECK(silence(failing_connection().add("SRV01 61 system 7011")) ==
        Value::kPresent);
  // Nothing bounds the window: unknown.
  const Judged open(
      failing_connection(),
      rules_of({small_pack(), cause_of({kDiedThenBack,
                                        "none: warned, between: [died, back], "
                                        "controls: off"})}));
  CHECK(open.finding("i2").value == Value::kUnknown);
}

TEST_CASE("A rate is the most in any span of one unit") {
  const auto at_least = [](const std::string& rate, CaseBuilder b) {
    return value_of(b, "rate: warned, within: [-5m, 0s], at_least: " + rate);
  };
  CaseBuilder burst = failing_connection();
  burst.run("SRV01", "System", 1, 99, -900, 900);
  CaseBuilder spread = burst;
  for (int i = 0; i < 6; ++i) {
    burst.add("SRV01 " + std::to_string(-20 + i) + " system 7011");
    spread.add("SRV01 " + std::to_string(-200 + 30 * i) + " system 7011");
  }
  CHECK(at_least("6/min", burst) == Value::kPresent);
  CHECK(at_least("7/min", burst) == Value::kAbsent);
  // 30 s apart: two in any span shorter than a minute, six in an hour.
  CHECK(at_least("3/min", spread) == Value::kAbsent);
  CHECK(at_least("2/min", spread) == Value::kPresent);
  CHECK(at_least("6/h", spread) == Value::kPresent);
  CHECK(at_least("6/h", failing_connection()) == Value::kUnknown);
}

namespace {

const char* const kFirewall =
    "{kind: state, id: fw, fields: {decision: text, port: number}, from: ["
    "{change: died, set: {decision: block, port: 3389}}, "
    "{change: back, set: {decision: allow}}, "
    "{snapshot: warned, set: {decision: <Says>}}], "
    "holds: {backward: until_change}}\n";

Value state_of(const CaseBuilder& b, const std::string& test,
               const std::string& at = "0s") {
  return Judged(b, rules_of({small_pack(), kFirewall,
                             cause_of({"state: fw, at: " + at + ", test: {" +
                                       test + "}"})}))
      .finding("i1")
      .value;
}

}  // namespace

TEST_CASE("A state holds from its change to the next") {
  CaseBuilder b = failing_connection();
  b.add("SRV01 -50 system 7031").add("SRV01 20 system 7036");
  CHECK(state_of(b, "decision: block") == Value::kPresent);
  CHECK(state_of(b, "decision: allow") == Value::kAbsent);
  CHECK(state_of(b, "decision: allow", "30s") == Value::kPresent);
  // A change of one field leaves the other.
  CHECK(state_of(b, "port: 3389", "30s") == Value::kPresent);
  CHECK(state_of(b, "port|gt: 4000", "30s") == Value::kAbsent);
  // Before the first change nothing is known.
  CHECK(state_of(b, "decision: block", "-80s") == Value::kUnknown);
}

TEST_CASE("A state is unknown where its log does not reach") {
  // The change stands in the log, but the log ends before the failure.
  CHECK(state_of(system_log_until(-40).add("SRV01 -50 system 7031"),
                 "decision: block") == Value::kUnknown);
  CHECK(state_of(failing_connection(), "decision: block") == Value::kUnknown);
}

TEST_CASE("A snapshot speaks for the time before it until a change") {
  CaseBuilder later = failing_connection();
  later.add("SRV01 50 system 7011 Says=block");
  CHECK(state_of(later, "decision: block") == Value::kPresent);
  // A change between the failure and the snapshot: the snapshot tells nothing
  // about the failure.
  CaseBuilder changed = failing_connection();
  changed.add("SRV01 30 system 7031").add("SRV01 50 system 7011 Says=block");
  CHECK(state_of(changed, "decision: block") == Value::kUnknown);
  // Two snapshots that differ: it changed, nobody knows when.
  CaseBuilder torn = failing_connection();
  torn.add("SRV01 -50 system 7011 Says=allow")
      .add("SRV01 50 system 7011 Says=block");
  CHECK(state_of(torn, "decision: block") == Value::kUnknown);
}

TEST_CASE("Same refuses a known difference, any accepts one that agrees") {
  const std::string same =
      "event: warned, within: [-5s, 5s], same: [client_ip]";
  CHECK(value_of(failing_connection().add("SRV01 9 system 7011 From=192.0.2.7"),
                 same) == Value::kPresent);
  CHECK(value_of(failing_connection().add("SRV01 9 system 7011 From=192.0.2.8"),
                 same) == Value::kAbsent);
  CHECK(value_of(failing_connection().add("SRV01 9 system 7011"), same) ==
        Value::kPresent);
}

TEST_CASE("A count is unknown only when the clocks could make it up") {
  // Client's log only, so five minutes are assumed; two records a minute away
  // may count, a third is nowhere.
  CaseBuilder b;
  b.add("PC1 0 rdpclient 1024 Value=SRV01 @C1")
      .add("PC1 10 rdpclient 1026 Value=2308 @C1")
      .add("SRV01 70 system 7031")
      .add("SRV01 71 system 7031")
      .run("SRV01", "System", 1, 90, -9000, 9000);
  const std::string count = "count: died, within: [-5s, +5s], at_least: ";
  CHECK(value_of(b, count + "2") == Value::kUnknown);
  CHECK(value_of(b, count + "3") == Value::kAbsent);
}

TEST_CASE("Collapsed repeats are one hit with a count") {
  const std::string pack =
      small_pack() +
      "{kind: signal, id: drop, title: D, log: system, collapse: 10s, "
      "detection: {p: {EventID: 5152}, condition: p}}\n";
  CaseBuilder b = failing_connection();
  for (const char* at : {"1", "8", "17", "40"}) {
    b.add(std::string("SRV01 ") + at + " system 5152");
  }
  const Judged judged(b, rules_of({pack, cause_of({"event: drop, within: "
                                                   "[-10s, 60s]",
                                                   "count: drop, at_least: 3, "
                                                   "within: [-10s, 60s]"})}));
  // 1, 8 and 17 follow each other within 10 s; 40 stands alone.
  CHECK(judged.finding("i1").count == 4);
  CHECK(judged.finding("i1").evidence.size() == 2);
  CHECK(judged.finding("i2").value == Value::kAbsent);
}

TEST_CASE("A record with a later stage rules out what fails before it") {
  const auto judged = [](const std::string& row) {
    const std::string pack =
        small_pack() +
        "{kind: signal, id: refused, title: D, log: rdpcorets-operational, "
        "stage: logon, bind: {client_ip: From}, "
        "detection: {p: {EventID: 7777}, condition: p}}\n---\n"
        "{kind: signal, id: denied, title: D, log: system, stage: logon, "
        "bind: {client_ip: From}, "
        "detection: {p: {EventID: 4625}, condition: p}}\n";
    return Judged(
               failing_connection().add(row),
               rules_of({pack, cause_of({"event: died, within: [-5s, 5s]"})}))
        .judgement();
  };
  CHECK(judged("SRV01 5 core 7777 @F401").ruled_out);
  // By address alone it only weighs against.
  const Judgement by_address = judged("SRV01 5 system 4625 From=192.0.2.7");
  CHECK_FALSE(by_address.ruled_out);
  CHECK(by_address.findings.front().weight == -2000);
  CHECK(judged("SRV01 5 system 4625 From=192.0.2.8").findings.size() == 1);
}

TEST_CASE("A cause that explains an anchor is asked only about its failures") {
  const auto causes = [](const std::string& code) {
    const std::string anchor =
        "{kind: anchor, id: failure.904, polarity: failure, "
        "from: [{dialog: {error: 0x904}}]}\n";
    CaseBuilder b;
    b.add("PC1 0 rdpclient 1024 Value=SRV01 @C1")
        .add("PC1 10 rdpclient 1026 Value=" + code + " @C1")
        .run("SRV01", "System", 1, 90, -9000, 9000);
    return Judged(b, rules_of({small_pack(), anchor,
                               cause_of({"event: died, within: [-5s, 5s]"},
                                        "explains: failure.904, ")}))
        .judgements.size();
  };
  CHECK(causes("2308") == 1);
  CHECK(causes("516") == 0);
}

TEST_CASE("An anchor is a signal, and a control where no attempt was seen") {
  const std::string anchor =
      "{kind: anchor, id: success.own, polarity: control, from: [{signal: "
      "back, where: {To: running}, near: {signal: warned, within: [0s, 5s]}}]}"
      "\n";
  CaseBuilder b = failing_connection();
  b.add("SRV01 100 system 7036 To=running")
      .add("SRV01 101 system 7011")
      .add("SRV01 101 system 7031")
      .add("SRV01 150 system 7036 To=stopped")
      .add("SRV01 151 system 7011");
  const Judged judged(
      b, rules_of({small_pack(), anchor,
                   cause_of({"event: success.own, within: [0s, 100s]",
                             "event: died, within: [-5s, 5s]"})}));
  CHECK(judged.finding("i1").count == 1);
  // (1 + 0.9) / 11: the control shows the same record.
  CHECK(judged.finding("i2").controls == 1);
  CHECK(judged.finding("i2").control_hits == 1);
}

TEST_CASE("A ladder gives the rungs names that causes may use") {
  const std::string ladder =
      "{kind: ladder, id: l, steps: [{id: dns, also: resolve}, tcp, {id: x224, "
      "also: negotiate}, tls, {id: credssp, also: nla}, {id: licensing, also: "
      "license}, logon, session]}\n";
  const RuleSet rules = rules_of({ladder});
  CHECK(rules.stage("nla") == Stage::kCredssp);
  CHECK(rules.stage("tls") == Stage::kTls);
  CHECK(rules.stage_range("negotiate..nla") ==
        StageRange{Stage::kX224, Stage::kCredssp});
  CHECK(rules.stage_range("any") == StageRange{Stage::kDns, Stage::kSession});
  CHECK_FALSE(rules.stage_range("nla..negotiate"));
  const std::vector<RuleFile> skipping = {
      {"a", "{kind: ladder, id: l, steps: [dns, tls]}\n"}};
  const auto broken = RuleSet::from_files(skipping);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().text().find("the next rung is tcp") !=
        std::string::npos);
}

TEST_CASE("Forms that cannot be meant are refused at their place") {
  const auto problem = [](const std::string& item) {
    const std::vector<RuleFile> files = {
        {"a", small_pack()}, {"b", kFirewall}, {"c", cause_of({item})}};
    const auto rules = RuleSet::from_files(files);
    return rules ? std::string("accepted") : rules.error().text();
  };
  const auto refuses = [&](const std::string& item, const std::string& why) {
    INFO(problem(item));
    CHECK(problem(item).find(why) != std::string::npos);
  };
  refuses("sequence: [{event: died}], within: [0s, 1s]", "2 to 16 steps");
  refuses(
      "sequence: [{event: died}, {event: back, gap: [-1s, 1s]}], "
      "within: [0s, 1s]",
      "a gap cannot be negative");
  refuses(
      "sequence: [{event: died, optional: yes}, {event: back}], "
      "within: [0s, 1s]",
      "neither gap nor optional");
  refuses("rate: died, within: [0s, 1s], at_least: 60", "60/min");
  refuses("state: fww, test: {decision: x}", "did you mean 'fw'?");
  refuses("state: fw, test: {decisoin: x}", "did you mean 'decision'?");
  refuses("state: fw", "a state needs 'test'");
  refuses("state: fw, test: {decision: x}, within: [0s, 1s]", "one instant");
  refuses("none: died, between: [a, b]", "no earlier item binds 'a'");
  refuses("event: died, none: back, within: [0s, 1s]", "exactly one of");
  refuses("event: died, at: 0s, within: [0s, 1s]", "only a state");
  CHECK(problem("event: died, within: [0s, 1s]") == "accepted");
}

}  // namespace deskfall
