// Any bytes as a rule file: a problem list or a rule set, never a crash.
#include <cstdint>
#include <string>

#include "rules/rule_set.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>(data[i]);
  }
  const std::vector<deskfall::RuleFile> files = {{"fuzz.yaml", text}};
  const auto rules = deskfall::RuleSet::from_files(files);
  if (!rules) {
    return rules.error().text().empty() ? 1 : 0;
  }
  deskfall::Event event;
  event.provider = "Schannel";
  event.event_id = 36870;
  event.fields.add("Type", "server");
  static_cast<void>(rules->uses(event));
  static_cast<void>(rules->say(event));
  return 0;
}
