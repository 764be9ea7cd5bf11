#include "report/json_writer.h"

#include <fmt/format.h>

#include <utility>

#include "ingest/event.h"
#include "ingest/text.h"
#include "report/safe_text.h"

namespace deskfall {

JsonWriter& JsonWriter::begin_object(Layout layout) {
  open('{', layout);
  return *this;
}

void JsonWriter::end_object() {
  close('}');
}

JsonWriter& JsonWriter::begin_list(Layout layout) {
  open('[', layout);
  return *this;
}

void JsonWriter::end_list() {
  close(']');
}

JsonWriter& JsonWriter::key(std::string_view name) {
  begin_item();
  append_json_string(out_, name);
  out_ += ": ";
  after_key_ = true;
  return *this;
}

void JsonWriter::text(std::string_view value) {
  begin_item();
  std::string quoted;
  append_json_string(quoted, value);
  // What is still active is not ASCII, so no escape is cut in two. None is
  // above U+FFFF but the tag characters, which need a surrogate pair.
  std::size_t at = 0;
  while (at < quoted.size()) {
    const std::size_t from = at;
    const std::uint32_t code_point = next_code_point(quoted, at);
    if (!is_active(code_point)) {
      out_.append(quoted, from, at - from);
    } else if (code_point < 0x10000) {
      out_ += fmt::format("\\u{:04x}", code_point);
    } else {
      const std::uint32_t above = code_point - 0x10000;
      out_ += fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (above >> 10),
                          0xdc00 + (above & 0x3ff));
    }
  }
}

void JsonWriter::text_or_null(std::string_view value) {
  if (value.empty()) {
    null();
  } else {
    text(value);
  }
}

void JsonWriter::number(std::int64_t value) {
  literal(std::to_string(value));
}

void JsonWriter::literal(std::string_view value) {
  begin_item();
  out_ += value;
}

void JsonWriter::texts(const std::vector<std::string>& values) {
  begin_list(Layout::kFlat);
  for (const std::string& value : values) {
    text(value);
  }
  end_list();
}

std::string JsonWriter::take() {
  out_ += '\n';
  levels_.clear();
  return std::exchange(out_, {});
}

/// Puts the comma and the space or line before a key or a value.
void JsonWriter::begin_item() {
  if (std::exchange(after_key_, false) || levels_.empty()) {
    return;
  }
  Level& level = levels_.back();
  const bool first = std::exchange(level.empty, false);
  if (!first) {
    out_ += ',';
  }
  if (level.layout == Layout::kBlock) {
    out_ += '\n';
    out_.append(2 * levels_.size(), ' ');
  } else if (!first) {
    out_ += ' ';
  }
}

void JsonWriter::open(char bracket, Layout layout) {
  begin_item();
  out_ += bracket;
  levels_.push_back({layout, true});
}

void JsonWriter::close(char bracket) {
  const Level level = levels_.back();
  levels_.pop_back();
  if (level.layout == Layout::kBlock && !level.empty) {
    out_ += '\n';
    out_.append(2 * levels_.size(), ' ');
  }
  out_ += bracket;
}

}  // namespace deskfall
