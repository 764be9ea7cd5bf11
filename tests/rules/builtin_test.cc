// The pack that ships: every cause can be refuted, every name resolves.
#include "rules/builtin.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

namespace deskfall {

namespace {

const RuleSet& pack() {
  static const Result<RuleSet> kRules = RuleSet::load({});
  if (!kRules) {
    FAIL(kRules.error().text());
  }
  return *kRules;
}

}  // namespace

TEST_CASE("The built-in pack loads") {
  CHECK(pack().causes().size() >= 12);
  CHECK(pack().sha256().size() == 64);
}

TEST_CASE("Every cause can be refuted, by an item or by the ladder") {
  for (const CauseRule& cause : pack().causes()) {
    INFO(cause.id);
    const bool item =
        std::any_of(cause.items.begin(), cause.items.end(),
                    [](const Item& i) { return i.role != Role::kSupporting; });
    const bool ladder =
        cause.fails_at != StageRange{Stage::kDns, Stage::kSession};
    CHECK((item || ladder));
    CHECK_FALSE(cause.remedy.steps.empty());
  }
}

TEST_CASE("Every item names signals that exist and an own id") {
  for (const CauseRule& cause : pack().causes()) {
    std::set<std::string> ids;
    for (const Item& item : cause.items) {
      INFO(cause.id << " " << item.id);
      CHECK(ids.insert(item.id).second);
      CHECK((item.form == Form::kCode || !item.signals.empty()));
      for (const std::string& signal : item.signals) {
        CHECK((signal == kSignalSuccess || signal == kSignalFailure ||
               pack().find_signal(signal).has_value()));
      }
      CHECK(item.within.from <= item.within.to);
    }
  }
}

TEST_CASE("Priors leave room for what no rule knows") {
  double sum = 0;
  for (const CauseRule& cause : pack().causes()) {
    sum += cause.explains == Explains::kConnection ? cause.prior : 0;
  }
  CHECK(sum <= 0.9);
}

TEST_CASE("A cause explained by a placeholder has an item of that name") {
  for (const CauseRule& cause : pack().causes()) {
    static_cast<void>(fill_in(cause.explain, [&](std::string_view names) {
      while (!names.empty()) {
        const std::string_view name = names.substr(0, names.find('|'));
        names.remove_prefix(std::min(names.size(), name.size() + 1));
        const std::string_view item = name.substr(0, name.find('.'));
        const bool known =
            item == "server" || item == "client" || item == "flood" ||
            std::any_of(cause.items.begin(), cause.items.end(),
                        [&](const Item& i) { return i.id == item; });
        INFO(cause.id << " <" << name << ">");
        CHECK(known);
      }
      return std::string();
    }));
  }
}

TEST_CASE("The codes of the named failure are known with their origin") {
  // 2308 is 0x904 (rdp-domain 1.3); 7 is the extended code beside it.
  const CodeEntry* main = pack().code("disconnect", 0x904);
  REQUIRE(main != nullptr);
  CHECK_FALSE(main->origin.empty());
  CHECK(pack().code("disconnect", 2308) == main);
  REQUIRE(pack().code("extended", 7) != nullptr);
  CHECK(pack().code("disconnect", 0xfffffff0U) == nullptr);
}

TEST_CASE("No channel belongs to two logs of the pack") {
  std::set<std::string> seen;
  for (const LogRule& log : pack().logs()) {
    for (const std::string& channel : log.channels) {
      INFO(channel);
      CHECK((seen.insert(channel).second || log.proven_by.has_value()));
    }
  }
}

}  // namespace deskfall
