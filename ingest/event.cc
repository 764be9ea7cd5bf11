#include "ingest/event.h"

#include <charconv>

#include "ingest/text.h"

namespace deskfall {

void FieldList::add(std::string_view name, std::string_view value) {
  Entry entry;
  entry.name_at = static_cast<std::uint32_t>(text_.size());
  entry.name_size = static_cast<std::uint32_t>(name.size());
  text_.append(name);
  entry.value_at = static_cast<std::uint32_t>(text_.size());
  entry.value_size = static_cast<std::uint32_t>(value.size());
  text_.append(value);
  entries_.push_back(entry);
}

std::optional<std::string_view> FieldList::get(std::string_view wanted) const {
  std::size_t skip = 0;
  if (!wanted.empty() && wanted.back() == ']') {
    const std::size_t open = wanted.rfind('[');
    if (open != std::string_view::npos) {
      const std::string_view digits =
          wanted.substr(open + 1, wanted.size() - open - 2);
      const auto parsed =
          std::from_chars(digits.data(), digits.data() + digits.size(), skip);
      if (parsed.ec != std::errc{} ||
          parsed.ptr != digits.data() + digits.size()) {
        return std::nullopt;
      }
      wanted = wanted.substr(0, open);
    }
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (name(i) == wanted) {
      if (skip == 0) {
        return value(i);
      }
      --skip;
    }
  }
  return std::nullopt;
}

std::string FieldList::to_json() const {
  std::string out;
  append_json(out);
  return out;
}

void FieldList::append_json(std::string& out) const {
  out += '{';
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (i != 0) {
      out += ',';
    }
    append_json_string(out, name(i));
    out += ':';
    append_json_string(out, value(i));
  }
  out += '}';
}

namespace {

/// Reads one JSON string at `at` (on its opening quote) into `out`.
bool read_json_string(std::string_view json, std::size_t& at,
                      std::string& out) {
  if (at >= json.size() || json[at] != '"') {
    return false;
  }
  ++at;
  out.clear();
  while (at < json.size()) {
    const char c = json[at++];
    if (c == '"') {
      return true;
    }
    if (c != '\\') {
      out += c;
      continue;
    }
    if (at >= json.size()) {
      return false;
    }
    const char escape = json[at++];
    switch (escape) {
      case '"':
      case '\\':
      case '/':
        out += escape;
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'u': {
        std::uint32_t code = 0;
        if (json.size() - at < 4) {
          return false;
        }
        const auto parsed =
            std::from_chars(json.data() + at, json.data() + at + 4, code, 16);
        if (parsed.ptr != json.data() + at + 4) {
          return false;
        }
        at += 4;
        append_utf8(out, code);
        break;
      }
      default:
        return false;
    }
  }
  return false;
}

bool read_json_mark(std::string_view json, std::size_t& at, char mark) {
  while (at < json.size() && (json[at] == ' ' || json[at] == '\n')) {
    ++at;
  }
  if (at >= json.size() || json[at] != mark) {
    return false;
  }
  ++at;
  while (at < json.size() && (json[at] == ' ' || json[at] == '\n')) {
    ++at;
  }
  return true;
}

}  // namespace

std::optional<FieldList> FieldList::from_json(std::string_view json) {
  FieldList fields;
  std::size_t at = 0;
  if (!read_json_mark(json, at, '{')) {
    return std::nullopt;
  }
  if (read_json_mark(json, at, '}')) {
    return fields;
  }
  std::string name;
  std::string value;
  while (true) {
    if (!read_json_string(json, at, name) || !read_json_mark(json, at, ':') ||
        !read_json_string(json, at, value)) {
      return std::nullopt;
    }
    fields.add(name, value);
    if (read_json_mark(json, at, ',')) {
      continue;
    }
    if (read_json_mark(json, at, '}')) {
      return fields;
    }
    return std::nullopt;
  }
}

void Event::reset() {
  offset = 0;
  line = 0;
  recovered = false;
  doubts = Doubts{};
  time = Instant{};
  clock = ClockNote::kNone;
  precision = 1;
  written.reset();
  host.clear();
  channel.clear();
  provider.clear();
  event_id = 0;
  level = 0;
  record_id = 0;
  activity_id.clear();
  process_id = 0;
  thread_id = 0;
  user_sid.clear();
  fields.clear();
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t at = 0;
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
      out += text[at++];
      continue;
    }
    if (byte >= 0x80) {
      append_utf8(out, next_code_point(text, at));
      continue;
    }
    ++at;
    switch (byte) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
  }
  out += '"';
}

}  // namespace deskfall
