// The event catalogue: ids that collide are told apart by their provider, and
// every line has words, origin and confidence.
#include <algorithm>
#include <catch2/catch.hpp>

#include "rules/rule_set.h"

namespace deskfall {

namespace {

const RuleSet& pack() {
  static const Result<RuleSet> kRules = RuleSet::load({});
  if (!kRules) {
    FAIL(kRules.error().text());
  }
  return *kRules;
}

const EventEntry* entry(std::uint32_t id, const std::string& provider) {
  const auto found = pack().events().find({id, provider});
  return found == pack().events().end() ? nullptr : &found->second;
}

}  // namespace

TEST_CASE("Every event of the catalogue has words, origin and confidence") {
  // 741 rows: the ids of the provider manifests that a responder meets.
  CHECK(pack().events().size() >= 700);
  for (const auto& [key, event] : pack().events()) {
    CAPTURE(key.first, key.second);
    CHECK_FALSE(event.says.empty());
    CHECK_FALSE(event.origin.empty());
    CHECK(std::string("ABCD").find(event.confidence.substr(0, 1)) !=
          std::string::npos);
    const bool stage_is_known =
        event.stage.empty() || parse_stage(event.stage).has_value();
    CHECK(stage_is_known);
  }
}

TEST_CASE("Numbers that several providers use mean what each of them means") {
  const std::string rcm =
      "microsoft-windows-terminalservices-remoteconnectionmanager";
  const std::string lsm =
      "microsoft-windows-terminalservices-localsessionmanager";
  REQUIRE(entry(1058, rcm) != nullptr);
  CHECK(entry(1058, rcm)->says.find("self-signed") != std::string::npos);
  REQUIRE(entry(1058, "microsoft-windows-grouppolicy") != nullptr);
  CHECK(entry(1058, "microsoft-windows-grouppolicy")->says.find("policy") !=
        std::string::npos);
  REQUIRE(entry(56, "termdd") != nullptr);
  CHECK(entry(56, "termdd")->stage == "tls");
  REQUIRE(entry(56, lsm) != nullptr);
  CHECK(entry(56, lsm)->stage.empty());
  CHECK(entry(40, lsm)->says.find("<Reason>") != std::string::npos);
  CHECK(entry(41, "microsoft-windows-kernel-power")->says.find("restarted") !=
        std::string::npos);
  CHECK(entry(1102, "microsoft-windows-terminalservices-clientactivexcore")
            ->says.find("transports") != std::string::npos);
  CHECK(entry(1102, "microsoft-windows-eventlog")->says.find("cleared") !=
        std::string::npos);
}

TEST_CASE("The firewall's new rule ids mean the same as the old ones") {
  const std::string firewall =
      "microsoft-windows-windows firewall with advanced security";
  for (const auto& [old_id, new_id] :
       {std::pair(2004U, 2071U), std::pair(2005U, 2072U),
        std::pair(2006U, 2052U), std::pair(2032U, 2060U)}) {
    REQUIRE(entry(old_id, firewall) != nullptr);
    REQUIRE(entry(new_id, firewall) != nullptr);
    CHECK(entry(old_id, firewall)->says == entry(new_id, firewall)->says);
  }
}

}  // namespace deskfall
