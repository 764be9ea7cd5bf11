// From judgements to grades and a verdict; priors of 10 % each leave 70 % to
// something else, which is -845 against it.
#include "engine/rank.h"

#include <catch2/catch.hpp>

namespace deskfall {

namespace {

const RuleSet& rules() {
  static const Result<RuleSet> kRules = [] {
    std::string text =
        "{kind: log, id: system, title: S, channels: System, collect: c}\n"
        "---\n{kind: signal, id: s, title: D, log: system, "
        "detection: {p: {EventID: 7031}, condition: p}}\n";
    for (const std::string id : {"a", "b", "c"}) {
      text += "---\n{kind: cause, id: " + id +
              ", title: C, prior: 10%, explain: x, origin: o, fails_at: tls, "
              "evidence: [{id: i, says: x, role: supporting, event: s, "
              "within: [0s, 0s], if_cause: 90%, otherwise: 9%}]}\n";
    }
    const std::vector<RuleFile> files = {{"a", text}};
    return RuleSet::from_files(files);
  }();
  REQUIRE(kRules.has_value());
  return *kRules;
}

/// A cause with one present item of this weight and nothing unknown.
Judgement judged(std::size_t cause, Weight weight) {
  Judgement judgement;
  judgement.cause = &rules().causes()[cause];
  Finding finding;
  finding.item = &judgement.cause->items[0];
  finding.id = "i";
  finding.value = weight > 0 ? Value::kPresent : Value::kAbsent;
  finding.weight = weight;
  judgement.findings.push_back(finding);
  judgement.weight = weight;
  judgement.least = weight;
  judgement.required_met = true;
  return judgement;
}

Judgement stated(std::size_t cause, Weight weight) {
  Judgement judgement = judged(cause, weight);
  judgement.statement = true;
  return judgement;
}

}  // namespace

TEST_CASE("A statement with no rival near is established") {
  const Ranking r =
      rank(rules(), {stated(0, 4000), judged(1, -900), judged(2, -900)});
  CHECK(r.verdict == Verdict::kExplained);
  CHECK(r.causes[0].grade == Grade::kEstablished);
  CHECK(r.causes[0].weight == 4000 - 845);
  CHECK(r.causes[0].posterior <= kMostPosterior);
}

TEST_CASE("Without a statement the same weight is only likely") {
  const Ranking r =
      rank(rules(), {judged(0, 4000), judged(1, -900), judged(2, -900)});
  CHECK(r.verdict == Verdict::kExplained);
  CHECK(r.causes[0].grade == Grade::kLikely);
}

TEST_CASE("Nothing is established that is refuted, unmet or near a rival") {
  Judgement refuted = stated(0, 4000);
  refuted.refuted = true;
  CHECK(rank(rules(), {refuted}).causes[0].grade == Grade::kLikely);
  Judgement open = stated(0, 4000);
  open.required_met = false;
  CHECK(rank(rules(), {open}).causes[0].grade == Grade::kPossible);
  Judgement needy = stated(0, 4000);
  needy.needs_met = false;
  CHECK(rank(rules(), {needy}).causes[0].grade == Grade::kPossible);
  // 3 times the next is 477: 400 ahead is near.
  const Ranking near = rank(rules(), {stated(0, 4000), judged(1, 3600)});
  CHECK(near.causes[0].grade == Grade::kPossible);
}

TEST_CASE("What unknown items could overturn is not explained") {
  Judgement shaky = stated(0, 4000);
  shaky.least = 500;  // -345 after the prior: something else would lead
  CHECK(rank(rules(), {shaky}).causes[0].grade == Grade::kPossible);
}

TEST_CASE("Two causes that the logs cannot part are ambiguous") {
  const Ranking r =
      rank(rules(), {judged(0, 4000), judged(1, 3900), judged(2, -900)});
  CHECK(r.verdict == Verdict::kAmbiguous);
  CHECK(r.causes[0].judgement.cause->id == "a");
}

TEST_CASE("A missing log that would decide makes it undecidable") {
  Judgement needy = judged(0, -100);
  needy.needs_met = false;
  needy.missing.push_back({0, 0, Side::kServer, "not in the bundle"});
  const Ranking r = rank(rules(), {needy, judged(1, -900)});
  CHECK(r.verdict == Verdict::kUndecidable);
  REQUIRE(r.missing.size() == 1);
  CHECK(r.missing[0].why == "not in the bundle");
}

TEST_CASE("With all logs there and nothing that fits it is unexplained") {
  const Ranking r =
      rank(rules(), {judged(0, -900), judged(1, -900), judged(2, -900)});
  CHECK(r.verdict == Verdict::kUnexplained);
}

TEST_CASE("A cause that is ruled out has no share and stands last") {
  Judgement out = stated(0, 9000);
  out.ruled_out = true;
  const Ranking r = rank(rules(), {out, judged(1, 100), judged(2, 50)});
  CHECK(r.causes.back().grade == Grade::kRuledOut);
  CHECK(r.causes.back().posterior == 0);
  CHECK(r.causes.back().judgement.cause->id == "a");
}

TEST_CASE("The log that could move the likelier cause is asked for first") {
  const auto unknown = [](std::size_t cause, Weight weight, HostId host) {
    Judgement judgement = judged(cause, weight);
    Finding finding = judgement.findings[0];
    finding.id = "j";
    finding.value = Value::kUnknown;
    finding.weight = 0;
    finding.missing.push_back({0, host, Side::kServer, "gone"});
    judgement.findings.push_back(finding);
    return judgement;
  };
  const Ranking r = rank(rules(), {unknown(0, 500, 1), unknown(1, 1500, 2)});
  REQUIRE(r.missing.size() == 2);
  CHECK(r.missing[0].host == 2);
}

}  // namespace deskfall
