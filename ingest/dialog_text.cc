#include "ingest/dialog_text.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ingest/event_record.h"
#include "ingest/text.h"
#include "ingest/text_reader.h"

namespace deskfall {

namespace {

/// A dialog is below 2 KiB; a mail thread around it is longer.
constexpr std::size_t kMostText = std::size_t{1} * 1024 * 1024;

/// Lines that may stand between the codes, and between codes and time.
constexpr std::size_t kNear = 4;

struct Line {
  std::string text;  ///< trimmed, plain colons and blanks, no direction marks
  std::int64_t offset = 0;
  std::int64_t number = 0;
};

struct Code {
  std::string label;
  std::uint64_t value = 0;
};

/// One dialog: lines [first, last] of the text.
struct Dialog {
  std::size_t first = 0;
  std::size_t last = 0;
  std::uint64_t main = 0;
  std::uint64_t extended = 0;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Full-width colons and blanks become ASCII, invisible marks go.
std::string plain(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::uint32_t code = next_code_point(text, at);
    if (code == 0xff1a) {
      out += ':';
    } else if (code == 0xa0 || code == 0x202f || code == 0x3000 ||
               code == '\t') {
      out += ' ';
    } else if ((code < 0x200b || code > 0x200f) && code != 0xfeff &&
               (code < 0x202a || code > 0x202e)) {
      append_utf8(out, code);
    }
  }
  return std::string(trim(out));
}

/// The number "0x..." of 1 to 8 digits at `at`; moves behind it.
std::optional<std::uint64_t> hex_at(std::string_view text, std::size_t& at) {
  if (text.size() - at < 3 || text[at] != '0' ||
      (text[at + 1] != 'x' && text[at + 1] != 'X') ||
      (at > 0 && (is_hex(text[at - 1]) || text[at - 1] == '_'))) {
    return std::nullopt;
  }
  std::size_t end = at + 2;
  while (end < text.size() && is_hex(text[end])) {
    ++end;
  }
  const std::size_t digits = end - at - 2;
  if (digits < 1 || digits > 8) {
    return std::nullopt;
  }
  const auto value = parse_number(text.substr(at, end - at));
  at = end;
  return value;
}

/// All hexadecimal numbers of a line with the words before each.
std::vector<Code> codes_of(std::string_view text) {
  std::vector<Code> codes;
  std::size_t begin = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t start = at;
    if (const auto value = hex_at(text, at)) {
      codes.push_back(
          {std::string(trim(text.substr(begin, start - begin))), *value});
      begin = at;
    } else {
      ++at;
    }
  }
  // What follows the last number speaks against a line of codes alone.
  if (!codes.empty() && !trim(text.substr(begin)).empty() &&
      text.substr(begin) != ")" && text.substr(begin) != ".") {
    codes.push_back({std::string(trim(text.substr(begin))), 0});
  }
  return codes;
}

/// "Error code:" of a line; empty when it has not the shape of a label.
std::string label_of(const Code& code) {
  constexpr std::size_t kLongest = 60;
  std::string_view label = code.label;
  while (!label.empty() && (label.front() == ',' || label.front() == ';' ||
                            label.front() == '(' || label.front() == '>' ||
                            label.front() == ' ')) {
    label.remove_prefix(1);
  }
  if (label.size() < 2 || label.size() > kLongest || label.back() != ':') {
    return {};
  }
  label = trim(label.substr(0, label.size() - 1));
  const bool sentence = std::any_of(label.begin(), label.end(), [](char c) {
    return is_digit(c) || c == ':' || c == '=' || c == '"' || c == '/';
  });
  return sentence ? std::string() : to_lower_ascii(label);
}

/// The word for "code" in the languages of Windows, in lower case.
bool speaks_of_code(std::string_view label) {
  for (const std::string_view word :
       {"code", "codice", "código", "cÓdigo", "kod", "kód", "код", "Код",
        "代码", "代碼", "コード", "코드", "κωδικός", "الرمز", "קוד"}) {
    if (label.find(word) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

/// "Extended error code" holds "error code"; the first letter may change case.
bool extends(std::string_view extended, std::string_view main) {
  std::size_t at = 0;
  static_cast<void>(next_code_point(main, at));
  const std::string_view tail = main.substr(at);
  return extended != main && tail.size() > 2 &&
         extended.find(tail) != std::string_view::npos;
}

std::optional<int> digits_at(std::string_view text, std::size_t& at,
                             std::size_t least, std::size_t most) {
  int value = 0;
  std::size_t end = at;
  while (end < text.size() && end - at < most && is_digit(text[end])) {
    value = value * 10 + (text[end] - '0');
    ++end;
  }
  if (end - at < least || (end < text.size() && is_digit(text[end]))) {
    return std::nullopt;
  }
  at = end;
  return value;
}

/// The parts "a<mark>b<mark>c" at `at`.
bool three(std::string_view text, std::size_t& at, char mark, int (&out)[3],
           std::size_t longest_last) {
  for (int i = 0; i < 3; ++i) {
    if (i > 0 && (at >= text.size() || text[at++] != mark)) {
      return false;
    }
    const auto value = digits_at(text, at, 1, i == 2 ? longest_last : 2);
    if (!value) {
      return false;
    }
    out[i] = *value;
  }
  return true;
}

/// MM/dd/yy hh:mm:ss AM|PM at `at`; four-digit years and 24 hours too.
std::optional<Instant> time_at(std::string_view text, std::size_t at) {
  int day[3] = {};
  int clock[3] = {};
  if (!three(text, at, '/', day, 4)) {
    return std::nullopt;
  }
  while (at < text.size() && (text[at] == ' ' || text[at] == ',')) {
    ++at;
  }
  if (!three(text, at, ':', clock, 2)) {
    return std::nullopt;
  }
  CivilTime civil;
  civil.year = day[2] < 100 ? 2000 + day[2] : day[2];
  civil.month = day[0];
  civil.day = day[1];
  civil.hour = clock[0];
  civil.minute = clock[1];
  civil.second = clock[2];
  const std::string half = to_lower_ascii(
      trim(text.substr(at))
          .substr(0, std::min<std::size_t>(2, trim(text.substr(at)).size())));
  if (half == "am" || half == "pm") {
    if (civil.hour < 1 || civil.hour > 12) {
      return std::nullopt;
    }
    civil.hour = civil.hour % 12 + (half == "pm" ? 12 : 0);
  }
  return from_civil(civil);
}

std::optional<Instant> find_time(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_digit(text[at]) && (at == 0 || !is_digit(text[at - 1]))) {
      if (const auto time = time_at(text, at)) {
        return time;
      }
    }
  }
  return std::nullopt;
}

std::string find_guid(std::string_view text) {
  constexpr std::size_t kGuid = 36;
  for (std::size_t at = 0; at + kGuid <= text.size(); ++at) {
    std::string guid = normal_guid(text.substr(at, kGuid));
    const bool bare = at + kGuid == text.size() || !is_hex(text[at + kGuid]);
    if (bare && guid.size() == kGuid && guid[8] == '-' && guid[23] == '-' &&
        normal_guid("{" + guid + "}") == guid) {
      return guid;
    }
  }
  return {};
}

bool is_heading(const Line& line, std::string_view name) {
  return equals_ignore_case(line.text, name);
}

constexpr std::string_view kTitle = "[Window Title]";
constexpr std::string_view kContent = "[Content]";
constexpr std::string_view kExpanded = "[Expanded Information]";

/// Finds dialogs of the full shape, in order.
std::vector<Dialog> find_dialogs(const std::vector<Line>& lines) {
  struct Labelled {
    std::size_t line;
    std::string label;
    std::uint64_t value;
  };
  // Lines that hold one labelled code, or two and nothing else.
  std::vector<Labelled> labelled;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::vector<Code> codes = codes_of(lines[i].text);
    if (codes.empty() || codes.size() > 2) {
      continue;
    }
    const bool all =
        std::all_of(codes.begin(), codes.end(),
                    [](const Code& code) { return !label_of(code).empty(); });
    for (const Code& code : codes) {
      if (all) {
        labelled.push_back({i, label_of(code), code.value});
      }
    }
  }
  std::vector<Dialog> dialogs;
  std::size_t free_line = 0;  // lines before it belong to a dialog
  for (std::size_t k = 0; k + 1 < labelled.size(); ++k) {
    const Labelled& main = labelled[k];
    const Labelled& extended = labelled[k + 1];
    if (main.line < free_line || extended.line - main.line > kNear) {
      continue;
    }
    // A list of many labelled numbers is something else.
    const bool third =
        k + 2 < labelled.size() && labelled[k + 2].line <= extended.line + 1;
    bool heading = false;
    for (std::size_t i = main.line; i > free_line && main.line - i < kNear;) {
      heading |= is_heading(lines[--i], kExpanded);
    }
    bool utc = false;
    std::size_t last = extended.line;
    for (std::size_t i = extended.line + 1;
         i < lines.size() && i <= extended.line + kNear; ++i) {
      const std::string& text = lines[i].text;
      if (is_heading(lines[i], kTitle) || !codes_of(text).empty()) {
        break;
      }
      const bool time = find_time(text).has_value();
      utc |= time && text.find("UTC") != std::string::npos;
      if (time || !find_guid(text).empty()) {
        last = i;
      }
    }
    const bool words =
        speaks_of_code(main.label) && extends(extended.label, main.label);
    if (third || main.label == extended.label || !(heading || utc || words)) {
      continue;
    }
    Dialog dialog{main.line, last, main.value, extended.value};
    for (std::size_t i = main.line; i > free_line; --i) {
      if (is_heading(lines[i - 1], kTitle)) {
        dialog.first = i - 1;
        break;
      }
    }
    if (dialog.first == main.line) {
      for (std::size_t i = main.line; i > free_line; --i) {
        if (is_heading(lines[i - 1], kContent)) {
          dialog.first = i - 1;
          break;
        }
      }
    }
    dialogs.push_back(dialog);
    free_line = last + 1;
    ++k;
  }
  return dialogs;
}

/// The first two hexadecimal numbers of the text, wherever they stand.
std::optional<Dialog> find_any_codes(const std::vector<Line>& lines) {
  std::vector<std::pair<std::size_t, std::uint64_t>> found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view text = lines[i].text;
    std::size_t at = 0;
    while (at < text.size() && found.size() < 2) {
      if (const auto value = hex_at(text, at)) {
        found.emplace_back(i, *value);
      } else {
        ++at;
      }
    }
  }
  if (found.size() < 2) {
    return std::nullopt;
  }
  return Dialog{0, lines.size() - 1, found[0].second, found[1].second};
}

/// Lines of a block behind its heading, joined.
std::string block(const std::vector<Line>& lines, const Dialog& dialog,
                  std::string_view heading) {
  std::string out;
  bool inside = false;
  for (std::size_t i = dialog.first; i <= dialog.last; ++i) {
    const std::string& text = lines[i].text;
    if (is_heading(lines[i], heading)) {
      inside = true;
    } else if (!text.empty() && text.front() == '[' && inside) {
      break;
    } else if (inside && !text.empty()) {
      out += out.empty() ? text : "\n" + text;
    }
  }
  return out;
}

/// "Remote computer: POC01": a content line of a label and a host name.
std::string remote_computer(std::string_view content) {
  for (const std::string_view line : split(content, '\n')) {
    const std::size_t colon = line.find(": ");
    if (colon > 60) {  // nor when there is none
      continue;
    }
    const std::string_view name = trim(line.substr(colon + 2));
    const bool host =
        !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
          return is_digit(c) || (c >= 'a' && c <= 'z') ||
                 (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_' ||
                 c == ':';
        });
    std::size_t at = 0;
    if (host && !hex_at(name, at)) {
      return std::string(name);
    }
  }
  return {};
}

void fill_event(const std::vector<Line>& lines, const Dialog& dialog,
                Event& event) {
  event.reset();
  event.offset = lines[dialog.first].offset;
  event.line = lines[dialog.first].number;
  event.provider = "mstsc";
  event.channel = "dialog";
  event.precision = kTicksPerSecond;
  for (std::size_t i = dialog.first; i <= dialog.last; ++i) {
    const auto time = find_time(lines[i].text);
    if (time && event.clock == ClockNote::kNone) {
      event.time = *time;
      event.clock = ClockNote::kExact;
    }
    if (event.activity_id.empty()) {
      event.activity_id = find_guid(lines[i].text);
    }
  }
  event.fields.add("Error", std::to_string(dialog.main));
  event.fields.add("Extended", std::to_string(dialog.extended));
  const auto add = [&event](std::string_view name, const std::string& text) {
    if (!text.empty()) {
      event.fields.add(name, text);
    }
  };
  const std::string content = block(lines, dialog, kContent);
  add("Title", block(lines, dialog, kTitle));
  add("Content", content);
  add("RemoteComputer", remote_computer(content));
}

}  // namespace

bool looks_like_dialog(std::string_view text) {
  if (text.find("0x") == std::string_view::npos &&
      text.find("0X") == std::string_view::npos) {
    return false;
  }
  std::vector<Line> lines;
  for (const std::string_view line : split(text, '\n')) {
    lines.push_back({plain(line), 0, 0});
  }
  return !find_dialogs(lines).empty();
}

Result<void> read_dialog_text(ByteSource& source, EventSink& sink,
                              ParseReporter& reporter) {
  TextReader reader(source);
  std::vector<Line> lines;
  std::int64_t nuls = 0;
  std::int64_t taken = 0;
  TextLine line;
  while (true) {
    DF_TRY(const bool more, reader.next(line));
    if (!more) {
      break;
    }
    if (reader.position() <= static_cast<std::int64_t>(kMostText)) {
      lines.push_back({plain(line.text), line.offset, line.number});
      nuls += line.nuls;
      taken = reader.position();
    }
  }
  std::vector<Dialog> dialogs = find_dialogs(lines);
  if (dialogs.empty()) {
    if (const auto loose = find_any_codes(lines)) {
      dialogs.push_back(*loose);
    }
  }
  Event event;
  for (const Dialog& dialog : dialogs) {
    fill_event(lines, dialog, event);
    sink.on_event(event);
  }
  if (dialogs.empty() && taken > 0) {
    reporter.dropped({0, taken}, "no pair of hexadecimal error codes");
  } else {
    reporter.slack(nuls);
    reporter.accepted(taken - nuls);
  }
  if (reader.position() > taken) {
    reporter.dropped({taken, reader.position()},
                     "a text of more than 1 MiB is no dialog");
  }
  return {};
}

}  // namespace deskfall
