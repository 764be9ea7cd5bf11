#include "engine/wording.h"

#include <catch2/catch.hpp>

using namespace deskfall;

TEST_CASE("A record is told with what makes it less than certain") {
  const Result<RuleSet> rules = RuleSet::from_files({});
  REQUIRE(rules.has_value());
  Event event;
  event.provider = "Example";
  event.event_id = 7;
  event.fields.add("User", "bob");
  CHECK(record_text(*rules, event) == "Example 7: User bob");
  event.recovered = true;
  CHECK(record_text(*rules, event) ==
        "Example 7: User bob (recovered, no live record of its log)");
  event.doubts.add(Doubt::kTypes);
  event.doubts.add(Doubt::kChecksum);
  CHECK(record_text(*rules, event) ==
        "Example 7: User bob (recovered, no live record of its log) (in doubt: "
        "checksum,types)");
}
