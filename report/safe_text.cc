#include "report/safe_text.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>

#include "ingest/text.h"

namespace deskfall {

namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

/// Unicode categories Cc, Cf, Zl, Zp and the private tag characters, as far
/// as they act on their neighbours. Sorted.
constexpr Range kActive[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},
    {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
    {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
};

std::size_t width_of(std::uint32_t code_point) {
  const int width =
      utf8proc_charwidth(static_cast<utf8proc_int32_t>(code_point));
  return width < 0 ? 0 : static_cast<std::size_t>(width);
}

/// Moves behind as many code points as fit; `used` is their width.
std::size_t take_columns(std::string_view text, std::size_t columns,
                         std::size_t& used) {
  std::size_t at = 0;
  used = 0;
  while (at < text.size()) {
    std::size_t next = at;
    const std::size_t width = width_of(next_code_point(text, next));
    if (used + width > columns) {
      break;
    }
    used += width;
    at = next;
  }
  return at;
}

}  // namespace

bool is_active(std::uint32_t code_point) {
  return std::any_of(
      std::begin(kActive), std::end(kActive), [&](const Range& range) {
        return code_point >= range.first && code_point <= range.last;
      });
}

std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    const std::uint32_t code_point = next_code_point(text, at);
    if (code_point == '\n' && !out.empty() && out.back() == ' ') {
      continue;  // "\r\n" is one break
    }
    if (code_point == '\n' || code_point == '\r' || code_point == '\t') {
      out += ' ';
    } else if (is_active(code_point)) {
      out += fmt::format("\\u{{{:x}}}", code_point);
    } else {
      append_utf8(out, code_point);
    }
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  const std::string line = one_line(text);
  std::size_t used = 0;
  take_columns(line, line.size() * 2, used);
  return used;
}

std::string fit(std::string_view text, std::size_t columns) {
  std::string line = one_line(text);
  std::size_t used = 0;
  if (take_columns(line, columns, used) == line.size()) {
    return line;
  }
  if (columns == 0) {
    return {};
  }
  line.resize(take_columns(line, columns - 1, used));
  append_utf8(line, 0x2026);
  return line;
}

std::string pad(std::string_view text, std::size_t columns) {
  std::string line = fit(text, columns);
  line.append(columns - std::min(columns, display_width(line)), ' ');
  return line;
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  const std::size_t room = std::max<std::size_t>(columns, 8);
  const std::string line = one_line(text);
  std::string_view rest = trim(line);
  std::vector<std::string> lines;
  while (!rest.empty()) {
    std::size_t used = 0;
    std::size_t end = take_columns(rest, room, used);
    if (end < rest.size() && rest[end] != ' ') {
      const std::size_t space = rest.substr(0, end).rfind(' ');
      end = space == std::string_view::npos || space == 0 ? end : space;
    }
    lines.emplace_back(trim(rest.substr(0, end)));
    rest = trim(rest.substr(end));
  }
  if (lines.empty()) {
    lines.emplace_back();
  }
  return lines;
}

std::string shorten(std::string_view text, std::size_t characters) {
  std::string line = one_line(text);
  std::size_t at = 0;
  std::size_t count = 0;
  std::size_t keep = line.size();
  while (at < line.size()) {
    if (count == characters) {
      keep = at;
    }
    static_cast<void>(next_code_point(line, at));
    ++count;
  }
  if (count <= characters) {
    return line;
  }
  line.resize(keep);
  return fmt::format("{}\u2026 ({} more characters)", line, count - characters);
}

}  // namespace deskfall
