#include "rules/builtin.h"

#include "embedded/rule_pack.h"

namespace deskfall {

std::vector<RuleFile> builtin_rules() {
  std::vector<RuleFile> files;
  for (const EmbeddedFile& file : embedded_rule_pack()) {
    files.push_back({std::string(file.name), std::string(file.bytes)});
  }
  return files;
}

}  // namespace deskfall
