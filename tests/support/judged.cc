#include "tests/support/judged.h"

#include <catch2/catch.hpp>

namespace deskfall::testing {

RuleSet rules_of(const std::vector<std::string>& texts) {
  std::vector<RuleFile> files;
  for (const std::string& text : texts) {
    files.push_back({"file" + std::to_string(files.size() + 1), text});
  }
  auto rules = RuleSet::from_files(files);
  if (!rules) {
    FAIL(rules.error().text());
  }
  return std::move(*rules);
}

std::string small_pack() {
  const auto log = [](const std::string& id, const std::string& channel) {
    return "{kind: log, id: " + id + ", title: L, channels: " + channel +
           ", collect: c}\n---\n";
  };
  const auto signal = [](const std::string& id, const std::string& event) {
    return "{kind: signal, id: " + id +
           ", title: T, log: system, detection: " + "{p: {EventID: " + event +
           "}, condition: p}, " + "bind: {client_ip: From}}\n---\n";
  };
  return log("system", "System") + log("rdpcorets-operational", kCoreChannel) +
         log("rdpclient-operational",
             "Microsoft-Windows-TerminalServices-RDPClient/Operational") +
         signal("died", "7031") + signal("back", "7036") +
         signal("warned", "7011");
}

std::string cause_of(const std::vector<std::string>& items,
                     const std::string& more) {
  std::string text =
      "{kind: cause, id: c, title: C, prior: 5%, explain: x, origin: o, "
      "fails_at: tcp..credssp, " +
      more + " evidence: [";
  for (std::size_t i = 0; i < items.size(); ++i) {
    text += "{id: i" + std::to_string(i + 1) +
            ", says: x, role: supporting, if_cause: 90%, otherwise: 9%, " +
            items[i] + "}, ";
  }
  return text + "]}\n";
}

CaseBuilder failing_connection() {
  CaseBuilder b;
  b.add("SRV01 0 core 131 ConnType=TCP ClientIP=192.0.2.7:50001 @F401")
      .add("SRV01 0.1 core 65 @F401")
      .add("SRV01 10 core 102 @F401");
  b.run("SRV01", "System", 1, 90, -100, 200)
      .run("SRV01", kCoreChannel, 1, 90, -100, 200);
  return b;
}

Judged::Judged(const CaseBuilder& builder, RuleSet set)
    : Judged(builder.data(), std::move(set)) {}

Judged::Judged(CaseData case_data, RuleSet set)
    : rules(std::move(set)),
      data(std::move(case_data)),
      coverage(Coverage::measure(data, rules)),
      attempts(stitch(data, rules, clocks)),
      signals(data, rules, attempts),
      situation(data, rules, coverage, clocks, attempts, signals),
      failures(list_failures(attempts, data)) {
  REQUIRE_FALSE(failures.empty());
  bind_failures(rules, signals, failures);
  judgements = evaluate(situation, failures[0]);
}

const Finding& Judged::finding(std::string_view id) const {
  for (const Finding& finding : judgement().findings) {
    if (finding.id == id) {
      return finding;
    }
  }
  FAIL("no finding " << id);
  return judgement().findings.front();
}

}  // namespace deskfall::testing
