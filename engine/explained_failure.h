// ExplainedFailure: a failure with its causes, ranked.
#pragma once

#include "engine/failure.h"
#include "engine/rank.h"

namespace deskfall {

struct ExplainedFailure {
  Failure failure;
  Ranking ranking;
};

}  // namespace deskfall
