#include "ingest/member_name.h"

#include <algorithm>
#include <charconv>

#include "ingest/text.h"

namespace deskfall {

namespace {

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && text.size() - i > 2 &&
        std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2 &&
        code != 0) {
      out += static_cast<char>(code);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string clean_member_name(std::string_view stored) {
  std::string name(stored);
  std::replace(name.begin(), name.end(), '\\', '/');
  while (name.rfind("./", 0) == 0) {
    name.erase(0, 2);
  }
  if (name.rfind("uploads/", 0) == 0) {
    name = percent_decoded(name);
  }
  return name;
}

bool stays_inside(std::string_view name) {
  if (name.empty() || name.front() == '/' ||
      (name.size() > 1 && name[1] == ':')) {
    return false;
  }
  for (const std::string_view part : split(name, '/')) {
    if (part == "..") {
      return false;
    }
  }
  return true;
}

}  // namespace deskfall
