#include "rules/display_text.h"

#include <algorithm>
#include <array>
#include <span>

#include "ingest/text.h"

namespace deskfall {

namespace {

/// Two Chinese characters, "remote".
constexpr std::string_view kOtherWord = "\xE8\xBF\x9C\xE7\xA8\x8B";

/// Rendered for people by whichever provider writes them.
constexpr std::array<std::string_view, 10> kAnywhere = {
    "Message",          "RenderedMessage",   "ErrorMessage",
    "ErrorDescription", "Error Description", "FailureReasonText",
    "ReasonText",       "Severity Name",     "Category Name",
    "Action Name"};

/// Items of a provider's records; no ids mean all of them.
struct Rendered {
  std::string_view provider;
  std::span<const std::uint32_t> ids;
  std::span<const std::string_view> fields;
};

// 7031 and its like: name of the service, what is done next. 7036: name and
// state. 7040: name, start type before and after; param4 is the key's name.
constexpr std::array<std::string_view, 4> kServiceTexts = {"param1", "param2",
                                                           "param3", "param5"};
// 1074: reason, kind of shutdown, comment.
constexpr std::array<std::uint32_t, 1> kShutdownIds = {1074};
constexpr std::array<std::string_view, 3> kShutdownTexts = {"param3", "param5",
                                                            "param6"};
// 8003: how a wireless network was joined, and why it was left.
constexpr std::array<std::string_view, 2> kWlanTexts = {"Reason",
                                                        "ConnectionMode"};

bool has(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool is_display_text(const Event& event, std::string_view field) {
  static const std::array<Rendered, 3> kRendered = {{
      {"Service Control Manager", {}, kServiceTexts},
      {"User32", kShutdownIds, kShutdownTexts},
      {"Microsoft-Windows-WLAN-AutoConfig", {}, kWlanTexts},
  }};
  if (has(kAnywhere, field)) {
    return true;
  }
  return std::any_of(
      kRendered.begin(), kRendered.end(), [&](const Rendered& rendered) {
        return equals_ignore_case(event.provider, rendered.provider) &&
               (rendered.ids.empty() ||
                std::find(rendered.ids.begin(), rendered.ids.end(),
                          event.event_id) != rendered.ids.end()) &&
               has(rendered.fields, field);
      });
}

std::string translate(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    bool digits = false;
    while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) {
      digits = digits || is_digit(text[end]);
      ++end;
    }
    if (end == at) {
      out += text[at++];
      continue;
    }
    out += digits ? text.substr(at, end - at) : kOtherWord;
    at = end;
  }
  return out;
}

}  // namespace deskfall
