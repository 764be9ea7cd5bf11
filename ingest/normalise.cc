#include "ingest/normalise.h"

#include <fmt/format.h>

#include "ingest/evtx_escape.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

constexpr std::string_view kServices = "Service Control Manager";
constexpr std::uint32_t kErrorStateChange = 226;

/// Hex digits of UTF-16LE text to UTF-8, up to the first NUL.
std::string decode_hex_utf16(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size() && i < 512; i += 2) {
    const auto value = parse_number("0x" + std::string(hex.substr(i, 2)));
    if (!value) {
      return {};
    }
    bytes += static_cast<char>(*value);
  }
  std::string text;
  evtx::append_utf16(text, std::as_bytes(std::span(bytes)));
  return text.substr(0, text.find('\0'));
}

void add_service_key(Event& event) {
  const auto binary = event.fields.get("Binary");
  if (!binary || event.fields.get("ServiceKey")) {
    return;
  }
  const std::string text = decode_hex_utf16(*binary);
  const std::size_t slash = text.rfind('/');
  if (text.empty()) {
    return;
  }
  event.fields.add("ServiceKey", std::string_view(text).substr(0, slash));
  if (slash != std::string::npos) {
    event.fields.add("ServiceState", std::string_view(text).substr(slash + 1));
  }
}

void add_error_code(Event& event) {
  const auto spaced = event.fields.get("Error Code");
  if (!spaced || event.fields.get("ErrorCode")) {
    return;
  }
  if (const auto number = parse_number(*spaced);
      number && *number <= 0xffffffff) {
    event.fields.add("ErrorCode", fmt::format("0x{:08X}", *number));
  } else if (const auto negative = parse_signed(*spaced)) {
    event.fields.add(
        "ErrorCode",
        fmt::format("0x{:08X}", static_cast<std::uint32_t>(*negative)));
  }
}

}  // namespace

bool needs_normalising(const Kind& kind) {
  return kind.event_id == kErrorStateChange || kind.provider == kServices;
}

void normalise(Event& event) {
  if (event.provider == kServices) {
    add_service_key(event);
  } else if (event.event_id == kErrorStateChange) {
    add_error_code(event);
  }
}

}  // namespace deskfall
