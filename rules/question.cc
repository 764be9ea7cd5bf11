#include "rules/question.h"

#include <set>

namespace deskfall {

std::string question_of(const Item& item) {
  std::string out = std::to_string(static_cast<int>(item.form)) + "/" +
                    std::to_string(static_cast<int>(item.side)) + "/" +
                    std::to_string(item.within.from) + "/" +
                    std::to_string(item.within.to) + "/" + item.state + "/" +
                    std::to_string(item.at_least);
  std::set<std::string> signals(item.signals.begin(), item.signals.end());
  for (const std::string& signal : signals) {
    out += "/" + signal;
  }
  for (const std::uint32_t code : item.codes) {
    out += "/" + std::to_string(code);
  }
  return out + (item.own_attempt ? "/own" : "");
}

}  // namespace deskfall
