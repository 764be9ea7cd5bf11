// Wording: the sentences of a report, from findings and records.
//
// Every sentence states what a record says, then what it means; none invents a
// number. Times in sentences are UTC.
#pragma once

#include <string>

#include "engine/evaluate.h"
#include "engine/failure.h"
#include "engine/rank.h"

namespace deskfall {

/// "08:14:05.6": hours to tenths, for sentences beside a dated headline.
[[nodiscard]] std::string clock_text(Instant instant);

/// Our words for a record, else its provider, id and first fields.
[[nodiscard]] std::string record_text(const RuleSet& rules, const Event& event);

/// "36870 on SRV01 at 08:14:05.6: the private key ... (key)".
[[nodiscard]] std::string finding_sentence(const Situation& situation,
                                           const Failure& failure,
                                           const CauseRule& cause,
                                           const Finding& finding);

/// The cause's explanation with its placeholders filled in: <server>,
/// <client>, <item.time>, <item.count>, alternatives as <a.time|b.time>.
[[nodiscard]] std::string cause_sentence(const Situation& situation,
                                         const Failure& failure,
                                         const Judgement& judgement);

/// What the codes and the ladder say, in one sentence.
[[nodiscard]] std::string headline(const Situation& situation,
                                   const Failure& failure);

/// "System log of SRV01".
[[nodiscard]] std::string log_text(const Situation& situation,
                                   const Failure& failure,
                                   const MissingLog& log);

/// What proof of a rung means: "the negotiation was answered".
[[nodiscard]] std::string stage_text(Stage stage);

}  // namespace deskfall
