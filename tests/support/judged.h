// Judged: one failure of a case in memory, judged by rules in YAML, with all
// that judging reads kept alive.
//
//   const Judged judged(builder, rules_of({small_pack(), my_documents}));
//   CHECK(judged.finding("i").value == Value::kPresent);
#pragma once

#include <string>
#include <vector>

#include "engine/evaluate.h"
#include "engine/rank.h"
#include "engine/stitch.h"
#include "tests/support/case_builder.h"

namespace deskfall::testing {

inline constexpr const char* kCoreChannel =
    "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational";

/// Loads documents as one file each; fails the test with the problems.
[[nodiscard]] RuleSet rules_of(const std::vector<std::string>& texts);

/// Logs system, rdpcorets-operational and rdpclient-operational; signals died
/// (System 7031), back (7036) and warned (7011, binds client_ip to From).
[[nodiscard]] std::string small_pack();

/// A cause "c" with these items, each a YAML flow map without id and weights:
/// they are called i1, i2, ... and weigh 90 % against 9 %.
[[nodiscard]] std::string cause_of(const std::vector<std::string>& items,
                                   const std::string& more = "");

/// Connection F401 to SRV01 from 0 s to 10 s that fell at TLS, with the System
/// and core logs covering -100 s to 200 s.
[[nodiscard]] CaseBuilder failing_connection();

struct Judged {
  Judged(const CaseBuilder& builder, RuleSet set);
  Judged(CaseData case_data, RuleSet set);

  [[nodiscard]] const Finding& finding(std::string_view id) const;
  [[nodiscard]] const Judgement& judgement() const { return judgements.at(0); }

  RuleSet rules;
  CaseData data;
  Coverage coverage;
  Clocks clocks;
  std::vector<Attempt> attempts;
  SignalTable signals;
  Situation situation;
  std::vector<Failure> failures;
  std::vector<Judgement> judgements;  ///< of the first failure
};

}  // namespace deskfall::testing
