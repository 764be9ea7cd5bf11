// Advice: what the common advice for an error code is worth in this case.
//
// The rules hold what people are told ("open port 3389") and what answers it;
// here the answers are chosen that the records of this connection support:
// "port 3389 is open: SRV01 accepted the connection at 08:14:07.3". Nothing is
// weighed by it.
#pragma once

#include <string>
#include <vector>

#include "engine/evaluate.h"
#include "engine/failure.h"

namespace deskfall {

/// One sentence per piece of advice that can be answered, in the order of the
/// rules. `cause` is the leading cause of an explained failure, else empty.
[[nodiscard]] std::vector<std::string> answer_advice(const Situation& situation,
                                                     const Failure& failure,
                                                     const std::string& cause);

}  // namespace deskfall
