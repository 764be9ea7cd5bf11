// One failure, one cause, item by item, in three values.
#include "engine/evaluate.h"

#include <catch2/catch.hpp>

#include "engine/stitch.h"
#include "tests/support/case_builder.h"

namespace deskfall {

using testing::at;
using testing::CaseBuilder;

namespace {

constexpr const char* kCore =
    "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational";

/// A pack with one cause; `items` and `more` are YAML.
RuleSet rules_with(const std::string& items, const std::string& more = "") {
  const std::vector<RuleFile> files = {
      {"a",
       "{kind: log, id: system, title: S, channels: System, collect: c}\n"
       "---\n"
       "{kind: log, id: rdpcorets-operational, title: R, channels: " +
           std::string(kCore) +
           ", collect: c}\n---\n"
           "{kind: signal, id: died, title: D, log: system, "
           "detection: {p: {EventID: 7031}, condition: p}}\n---\n"
           "{kind: signal, id: warned, title: W, log: system, "
           "detection: {p: {EventID: 7011}, condition: p}, "
           "bind: {client_ip: From}}\n---\n"
           "{kind: cause, id: c, title: C, prior: 5%, explain: x, origin: o, "
           "fails_at: tcp..credssp, " +
           more + "evidence: [" + items + "]}\n"}};
  auto rules = RuleSet::from_files(files);
  if (!rules) {
    FAIL(rules.error().text());
  }
  return std::move(*rules);
}

std::string item(const std::string& id, const std::string& rest) {
  return "{id: " + id + ", says: x, if_cause: 90%, otherwise: 9%, " + rest +
         "}, ";
}

/// Server connection F401 from 0 s to 10 s that fell at TLS, with the logs of
/// the server covering -100 s to 200 s.
CaseBuilder failing(const std::string& host = "SRV01") {
  CaseBuilder b;
  b.add(host + " 0 core 131 ConnType=TCP ClientIP=192.0.2.7:50001 @F401")
      .add(host + " 0.1 core 65 @F401")
      .add(host + " 10 core 102 @F401");
  b.run(host, "System", 1, 90, -100, 200).run(host, kCore, 1, 90, -100, 200);
  return b;
}

/// Evaluation with all that it reads.
struct Bench {
  Bench(const CaseBuilder& b, RuleSet set)
      : rules(std::move(set)),
        data(b.data()),
        coverage(Coverage::measure(data, rules)),
        attempts(stitch(data, rules, clocks)),
        signals(data, rules, attempts) {
    const Situation situation{data, rules, coverage, clocks, attempts, signals};
    const auto failures = list_failures(attempts, data);
    REQUIRE(failures.size() == 1);
    judgement = evaluate(situation, failures[0]).at(0);
  }

  [[nodiscard]] const Finding& finding(std::string_view id) const {
    for (const Finding& f : judgement.findings) {
      if (f.id == id) {
        return f;
      }
    }
    FAIL("no finding " << id);
    return judgement.findings.front();
  }

  RuleSet rules;
  CaseData data;
  Coverage coverage;
  Clocks clocks;
  std::vector<Attempt> attempts;
  SignalTable signals;
  Judgement judgement;
};

Value value_of(const CaseBuilder& b, const std::string& rest) {
  return Bench(b, rules_with(item("i", rest))).finding("i").value;
}

const std::string kDied = "role: supporting, event: died, within: [-5s, +5s]";

}  // namespace

TEST_CASE("A record in the window is present, none in a covered one absent") {
  CHECK(value_of(failing().add("SRV01 9 system 7031"), kDied) ==
        Value::kPresent);
  CHECK(value_of(failing(), kDied) == Value::kAbsent);
}

TEST_CASE("Only a record of its log is a component's own word") {
  const auto judged = [](const std::string& mark) {
    return Bench(failing().add("SRV01 9 system 7031" + mark),
                 rules_with(item("i", kDied + ", statement: yes")))
        .judgement;
  };
  CHECK(judged("").statement);
  const Judgement recovered = judged(" !recovered");
  CHECK_FALSE(recovered.statement);
  CHECK(recovered.findings[0].value == Value::kPresent);
  CHECK(recovered.weight == judged("").weight);
}

TEST_CASE("Both edges of a window belong to it") {
  // The attempt ends at 10 s: the window is 5 s to 15 s.
  CHECK(value_of(failing().add("SRV01 5 system 7031"), kDied) ==
        Value::kPresent);
  CHECK(value_of(failing().add("SRV01 15 system 7031"), kDied) ==
        Value::kPresent);
  CHECK(value_of(failing().add("SRV01 4.9999999 system 7031"), kDied) ==
        Value::kAbsent);
  CHECK(value_of(failing().add("SRV01 15.0000001 system 7031"), kDied) ==
        Value::kAbsent);
}

TEST_CASE("A window since the start begins with the attempt") {
  const std::string since =
      "role: supporting, event: died, since_start: [-1s, 0s]";
  CHECK(value_of(failing().add("SRV01 -1 system 7031"), since) ==
        Value::kPresent);
  CHECK(value_of(failing().add("SRV01 -1.1 system 7031"), since) ==
        Value::kAbsent);
  CHECK(value_of(failing().add("SRV01 10 system 7031"), since) ==
        Value::kPresent);
}

TEST_CASE("A window that the log does not cover is unknown, never absent") {
  CaseBuilder b;
  b.add("SRV01 0 core 131 ConnType=TCP ClientIP=192.0.2.7:50001 @F401")
      .add("SRV01 10 core 102 @F401")
      .run("SRV01", "System", 1, 90, 6, 200);
  const Bench bench(b, rules_with(item("i", kDied)));
  CHECK(bench.finding("i").value == Value::kUnknown);
  CHECK(bench.finding("i").weight == 0);
  CHECK(bench.finding("i").missing.size() == 1);
}

TEST_CASE("A none item is present only where the log covers the window") {
  const std::string none =
      "role: supporting, none: died, within: [-5s, +5s], controls: off";
  CHECK(value_of(failing(), none) == Value::kPresent);
  CHECK(value_of(failing().add("SRV01 9 system 7031"), none) == Value::kAbsent);
  const std::string wide =
      "role: supporting, none: died, within: [-500s, +5s], controls: off";
  CHECK(value_of(failing(), wide) == Value::kUnknown);
}

TEST_CASE("Where the clocks decide, the answer is unknown") {
  // Only the client's log and the server's System log: the offset is the
  // assumed five minutes, so a record 60 s away may lie inside or outside.
  CaseBuilder b;
  b.add("PC1 0 rdpclient 1024 Value=SRV01 @C1")
      .add("PC1 10 rdpclient 1026 Value=2308 @C1")
      .add("SRV01 70 system 7031")
      .run("SRV01", "System", 1, 90, -1000, 1000);
  const Bench bench(b, rules_with(item("i", kDied)));
  CHECK(bench.finding("i").value == Value::kUnknown);
  CHECK(bench.finding("i").clock_decides);
  // Five minutes are an assumption: 400 s away it is still no silence.
  CaseBuilder near;
  near.add("PC1 0 rdpclient 1024 Value=SRV01 @C1")
      .add("PC1 10 rdpclient 1026 Value=2308 @C1")
      .add("SRV01 410 system 7031")
      .run("SRV01", "System", 1, 90, -9000, 9000);
  CHECK(value_of(near, kDied) == Value::kUnknown);
  // Two hours away, and the log covers them: silence that counts.
  CaseBuilder far;
  far.add("PC1 0 rdpclient 1024 Value=SRV01 @C1")
      .add("PC1 10 rdpclient 1026 Value=2308 @C1")
      .add("SRV01 7500 system 7031")
      .run("SRV01", "System", 1, 90, -9000, 9000);
  CHECK(value_of(far, kDied) == Value::kAbsent);
}

TEST_CASE("A record of another address is not ours, one without is") {
  const std::string from =
      "role: supporting, event: warned, within: [-5s, +5s], any: [client_ip]";
  CHECK(value_of(failing().add("SRV01 9 system 7011 From=192.0.2.7"), from) ==
        Value::kPresent);
  CHECK(value_of(failing().add("SRV01 9 system 7011 From=192.0.2.8"), from) ==
        Value::kAbsent);
  CHECK(value_of(failing().add("SRV01 9 system 7011"), from) ==
        Value::kPresent);
}

TEST_CASE("A count needs so many") {
  const std::string two =
      "role: supporting, count: died, at_least: 2, within: [-5s, +5s]";
  CHECK(value_of(failing().add("SRV01 9 system 7031"), two) == Value::kAbsent);
  CHECK(value_of(
            failing().add("SRV01 9 system 7031").add("SRV01 9.1 system 7031"),
            two) == Value::kPresent);
}

TEST_CASE("Weights come from the two chances") {
  // 90 : 9 is 1000; 0.1 / 0.91 = 10^-0.959041.
  CHECK(
      Bench(failing().add("SRV01 9 system 7031"), rules_with(item("i", kDied)))
          .judgement.weight == 1000);
  CHECK(Bench(failing(), rules_with(item("i", kDied))).judgement.weight ==
        -959);
}

TEST_CASE("Items of one group count once, the strongest") {
  const std::string both = item("i", kDied + ", group: g") +
                           "{id: j, says: x, role: supporting, event: warned, "
                           "within: [-5s, +5s], if_cause: 50%, otherwise: 5%, "
                           "group: g}, " +
                           "{id: k, says: x, role: supporting, event: warned, "
                           "within: [-5s, +5s], if_cause: 20%, otherwise: 10%, "
                           "group: g}";
  const Bench seen(
      failing().add("SRV01 9 system 7031").add("SRV01 9 system 7011"),
      rules_with(both));
  CHECK(seen.judgement.weight == 1000);
  // One that was seen answers for those that were not.
  const Bench one(failing().add("SRV01 9 system 7011"), rules_with(both));
  CHECK(one.judgement.weight == 1000);
}

TEST_CASE("Required items of a group are alternatives, others all needed") {
  const std::string grouped =
      item("i", "role: required, event: died, within: [-5s, 5s], group: g") +
      item("j", "role: required, event: warned, within: [-5s, 5s], group: g");
  const Bench one(failing().add("SRV01 9 system 7011"), rules_with(grouped));
  CHECK(one.judgement.required_met);
  CHECK_FALSE(one.judgement.ruled_out);
  const Bench none(failing(), rules_with(grouped));
  CHECK_FALSE(none.judgement.required_met);
  CHECK(none.judgement.ruled_out);
  const std::string apart =
      item("i", "role: required, event: died, within: [-5s, 5s]") +
      item("j", "role: required, event: warned, within: [-5s, 5s]");
  const Bench half(failing().add("SRV01 9 system 7011"), rules_with(apart));
  CHECK_FALSE(half.judgement.required_met);
  CHECK(half.judgement.ruled_out);
}

TEST_CASE("Successes that show the same raise the rate of the noise") {
  const auto with_success = [](bool noisy) {
    CaseBuilder b = failing();
    b.add("SRV01 9 system 7031");
    b.add("SRV01 150 core 131 ConnType=TCP ClientIP=192.0.2.9:50002 @F402")
        .add("SRV01 150.1 core 72 MethodName=OnStartLicensing @F402")
        .add("SRV01 150.2 core 72 MethodName=ProtocolComplete @F402")
        .add("SRV01 150.5 core 66 SessionID=3 @F402");
    if (noisy) {
      b.add("SRV01 151 system 7031");
    }
    return Bench(b, rules_with(item("i", kDied)));
  };
  // Nothing there: (0 + 0.9) / 11 = 0.08 is lower than 0.09 and is not used.
  const Bench quiet = with_success(false);
  CHECK(quiet.finding("i").controls == 1);
  CHECK(quiet.finding("i").weight == 1000);
  // (1 + 0.9) / 11 = 0.1727; 0.9 / 0.1727 = 10^0.716889.
  const Bench noisy = with_success(true);
  CHECK(noisy.finding("i").control_hits == 1);
  CHECK(noisy.finding("i").weight == 717);
}

TEST_CASE("The ladder rules out what lies before and what lies beyond") {
  const auto ruled_out = [](const std::string& stages, CaseBuilder b) {
    const std::string text =
        "{kind: log, id: system, title: S, channels: System, collect: c}\n"
        "---\n{kind: signal, id: died, title: D, log: system, "
        "detection: {p: {EventID: 7031}, condition: p}}\n---\n"
        "{kind: cause, id: c, title: C, prior: 5%, explain: x, origin: o, "
        "fails_at: " +
        stages + ", evidence: [" + item("i", kDied) + "]}\n";
    const std::vector<RuleFile> files = {{"a", text}};
    auto own = RuleSet::from_files(files);
    REQUIRE(own.has_value());
    return Bench(b, std::move(*own)).judgement.ruled_out;
  };
  // TCP was passed, licensing provably never reached (event 72 is written).
  CaseBuilder b = failing();
  b.add("SRV01 0.05 core 72 MethodName=PrepareForAccept @F401");
  CHECK(ruled_out("dns..tcp", b));
  CHECK(ruled_out("licensing..session", b));
  CHECK_FALSE(ruled_out("tls", b));
  CHECK_FALSE(ruled_out("tcp..x224", b));
  CHECK_FALSE(ruled_out("credssp..logon", b));
}

TEST_CASE("A need is met by coverage, or by a record that speaks") {
  const std::string need =
      "needs: [{log: system, span: [-500s, 0s], else: undecidable}], ";
  const Bench silent(failing(), rules_with(item("i", kDied), need));
  CHECK_FALSE(silent.judgement.needs_met);
  CHECK(silent.judgement.missing.size() == 1);
  const Bench speaks(failing().add("SRV01 9 system 7031"),
                     rules_with(item("i", kDied), need));
  CHECK(speaks.judgement.needs_met);
  const std::string near =
      "needs: [{log: system, span: [-50s, 0s], else: undecidable}], ";
  const Bench covered(failing(), rules_with(item("i", kDied), near));
  CHECK(covered.judgement.needs_met);
}

}  // namespace deskfall
