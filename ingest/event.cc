#include "ingest/event.h"

#include <algorithm>
#include <charconv>

#include "ingest/text.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace deskfall {

std::string& FieldList::begin_value(std::string_view name) {
  Entry& entry = entries_.emplace_back();
  entry.name_at = static_cast<std::uint32_t>(text_.size());
  entry.name_size = static_cast<std::uint32_t>(name.size());
  text_.append(name);
  entry.value_at = static_cast<std::uint32_t>(text_.size());
  return text_;
}

void FieldList::end_value() {
  Entry& entry = entries_.back();
  entry.value_size = static_cast<std::uint32_t>(text_.size()) - entry.value_at;
}

void FieldList::add(std::string_view name, std::string_view value) {
  begin_value(name).append(value);
  end_value();
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

std::strong_ordering FieldList::operator<=>(const FieldList& other) const {
  if (size() == other.size() && text_ == other.text_ &&
      std::equal(entries_.begin(), entries_.end(), other.entries_.begin())) {
    return std::strong_ordering::equal;  // copies of one record, mostly
  }
  for (std::size_t i = 0; i < std::min(size(), other.size()); ++i) {
    if (const auto names = name(i) <=> other.name(i); names != 0) {
      return names;
    }
    if (const auto values = value(i) <=> other.value(i); values != 0) {
      return values;
    }
  }
  return size() <=> other.size();
}

std::size_t FieldList::hash() const {
  constexpr std::size_t kFactor = 1'000'003;
  // Names and values stand in `text_` one behind the other.
  std::size_t hash = std::hash<std::string_view>{}(text_);
  for (const Entry& entry : entries_) {
    hash = (hash * kFactor + entry.name_size) * kFactor + entry.value_size;
  }
  return hash;
}

std::string FieldList::to_json() const {
  std::string out;
  append_json(out);
  return out;
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

namespace {

/// ASCII that JSON takes as it is.
bool is_json_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

#ifdef __SSE2__
/// Whether JSON takes all 16 bytes as they are. Read as signed numbers, what
/// is no ASCII is below the space too.
bool is_json_plain_block(const char* text) {
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  const auto is = [block](char c) {
    return _mm_cmpeq_epi8(block, _mm_set1_epi8(c));
  };
  const __m128i special =
      _mm_or_si128(_mm_cmplt_epi8(block, _mm_set1_epi8(' ')),
                   _mm_or_si128(is('"'), is('\\')));
  return _mm_movemask_epi8(special) == 0;
}
#endif

/// Characters from `at` on that JSON takes as they are.
std::size_t plain_run(std::string_view text, std::size_t at) {
  std::size_t end = at;
#ifdef __SSE2__
  constexpr std::size_t kBlock = 16;
  while (text.size() - end >= kBlock && is_json_plain_block(&text[end])) {
    end += kBlock;
  }
  // The last block may go back over characters that were looked at.
  if (end < text.size() && text.size() - end < kBlock &&
      text.size() - at >= kBlock &&
      is_json_plain_block(&text[text.size() - kBlock])) {
    return text.size() - at;
  }
#endif
  while (end < text.size() && is_json_plain(text[end])) {
    ++end;
  }
  return end - at;
}

void append_json_escape(std::string& out, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4U];
      out += kHex[static_cast<unsigned char>(c) & 15U];
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t at = 0;
  while (at < text.size()) {
    // Runs of plain characters are taken whole.
    const std::size_t run = plain_run(text, at);
    out.append(text, at, run);
    at += run;
    if (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80) {
      append_utf8(out, next_code_point(text, at));
    } else if (at < text.size()) {
      append_json_escape(out, text[at++]);
    }
  }
  out += '"';
}

void FieldList::append_json(std::string& out) const {
  // Most records hold nothing that needs an escape, which one look tells.
  const bool plain = plain_run(text_, 0) == text_.size();
  const auto put = [&out, plain](std::string_view text) {
    if (plain) {
      out += '"';
      out += text;
      out += '"';
    } else {
      append_json_string(out, text);
    }
  };
  out.reserve(out.size() + text_.size() + 6 * entries_.size() + 2);
  out += '{';
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (i != 0) {
      out += ',';
    }
    put(name(i));
    out += ':';
    put(value(i));
  }
  out += '}';
}

}  // namespace deskfall
