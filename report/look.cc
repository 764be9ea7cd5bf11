#include "report/look.h"

namespace deskfall {

Look verdict_look(std::string_view verdict) {
  if (verdict == "explained") {
    return {"●", "good"};
  }
  if (verdict == "ambiguous") {
    return {"◐", "warn"};
  }
  return verdict == "undecidable" ? Look{"○", "warn"} : Look{"✕", "bad"};
}

Look grade_look(std::string_view grade) {
  if (grade == "established") {
    return {"●", "good"};
  }
  if (grade == "likely") {
    return {"◕", "good"};
  }
  return grade == "possible" ? Look{"◔", "warn"} : Look{"✕", "plain"};
}

Look side_look(Side side) {
  switch (side) {
    case Side::kFor:
      return {"✓", "good"};
    case Side::kAgainst:
      return {"✕", "bad"};
    case Side::kCannotTell:
      return {"?", "warn"};
  }
  return {};
}

Look outcome_look(std::string_view outcome) {
  if (outcome == "success" || outcome == "read") {
    return {"✓", "good"};
  }
  if (outcome == "failed" || outcome == "unreadable") {
    return {"✕", "bad"};
  }
  return outcome == "damaged" ? Look{"◐", "warn"} : Look{"·", "plain"};
}

}  // namespace deskfall
