#include "ingest/text_reader.h"

#include <algorithm>
#include <cstring>

#include "ingest/text.h"

namespace deskfall {

namespace {

using Bytes = std::span<const std::byte>;

/// Bytes of the start that the zero-byte test looks at.
constexpr std::size_t kPatternBytes = 4096;

/// So many 16-bit units in a row whose halves are both ASCII text mean 8-bit
/// text behind UTF-16. Chinese text meets the test by chance about once in
/// 0.37^-24 = 2e10 characters.
constexpr std::size_t kForeignUnits = 24;

/// How far back a cut looks for a good place.
constexpr std::size_t kCutSlack = 256;

constexpr std::uint32_t kByteOrderMark = 0xfeff;

std::uint8_t value(std::byte byte) {
  return std::to_integer<std::uint8_t>(byte);
}

bool is_plain(std::byte byte) {
  const std::uint8_t c = value(byte);
  return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\r' || c == '\n';
}

bool is_silent(std::uint32_t code) {
  return code == 0 || code == kByteOrderMark;
}

std::size_t utf8_length(std::uint32_t code) {
  if (is_silent(code)) {
    return 0;
  }
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

bool starts_with(Bytes bytes, std::initializer_list<unsigned> wanted) {
  if (bytes.size() < wanted.size()) {
    return false;
  }
  std::size_t i = 0;
  for (const unsigned byte : wanted) {
    if (value(bytes[i++]) != byte) {
      return false;
    }
  }
  return true;
}

/// Four ASCII-like units of the given order: (c,0) four times, or (0,c).
bool looks_wide(Bytes bytes, Encoding order) {
  constexpr std::size_t kUnits = 4;
  if (bytes.size() < 2 * kUnits) {
    return false;
  }
  const std::size_t zero_at = order == Encoding::kUtf16Le ? 1 : 0;
  for (std::size_t i = 0; i < 2 * kUnits; i += 2) {
    if (value(bytes[i + zero_at]) != 0 || !is_plain(bytes[i + 1 - zero_at])) {
      return false;
    }
  }
  return true;
}

bool is_ascii_text(std::string_view text) {
  std::uint8_t any = 0;
  bool zero = false;
  for (const char c : text) {
    any = static_cast<std::uint8_t>(any | static_cast<std::uint8_t>(c));
    zero |= c == 0;
  }
  return any < 0x80 && !zero;
}

bool is_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t before = at;
    // A real U+FFFD takes three bytes, a malformed byte moves by one.
    if (next_code_point(text, at) == 0xfffd && at == before + 1) {
      return false;
    }
  }
  return true;
}

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::size_t zero_run(Bytes bytes, std::size_t at) {
  std::size_t end = at;
  while (end < bytes.size() && value(bytes[end]) == 0) {
    ++end;
  }
  return end - at;
}

}  // namespace

TextReader::TextReader(ByteSource& source, TextOptions options)
    : source_(source), options_(std::move(options)) {
  options_.longest = std::max<std::size_t>(options_.longest, 1024) & ~1ULL;
  window_.resize(4 * options_.longest);
  if (auto page = CodePage::find(options_.code_page)) {
    code_page_ = std::move(*page);
  } else if (auto usual = CodePage::find("windows-1252")) {
    code_page_ = std::move(*usual);
  }
}

Result<bool> TextReader::next(TextLine& line) {
  DF_CHECK(fill());
  if (begin_ == end_) {
    return false;
  }
  choose_encoding();
  const std::size_t size = measure_piece(line.end);
  raw_ = Bytes(window_).subspan(begin_, size);
  raw_offset_ = position_;
  begin_ += size;
  position_ += static_cast<std::int64_t>(size);

  line.offset = raw_offset_;
  line.size = static_cast<std::int64_t>(size);
  line.number = number_;
  if (line.end == LineEnd::kFeed) {
    ++number_;
  }
  decode(line);
  return true;
}

Result<void> TextReader::fill() {
  if (at_end_ || end_ - begin_ > options_.longest + kCutSlack) {
    return {};
  }
  std::memmove(window_.data(), window_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  DF_TRY(const std::size_t count,
         source_.read(std::span(window_).subspan(end_)));
  end_ += count;
  at_end_ = end_ < window_.size();
  return {};
}

void TextReader::choose_encoding() {
  const Bytes rest = Bytes(window_).subspan(begin_, end_ - begin_);
  if (starts_with(rest, {0xff, 0xfe})) {
    encoding_ = Encoding::kUtf16Le;
  } else if (starts_with(rest, {0xfe, 0xff})) {
    encoding_ = Encoding::kUtf16Be;
  } else if (starts_with(rest, {0xef, 0xbb, 0xbf})) {
    encoding_ = Encoding::kUtf8;
  } else if (!chosen_) {
    const Bytes head = rest.first(std::min(rest.size(), kPatternBytes));
    std::size_t zeros[2] = {0, 0};
    for (std::size_t i = 0; i < head.size(); ++i) {
      zeros[i % 2] += value(head[i]) == 0 ? 1U : 0U;
    }
    const std::size_t units = head.size() / 2;
    if (zeros[1] * 10 > units * 3 && zeros[0] * 10 < units) {
      encoding_ = Encoding::kUtf16Le;
    } else if (zeros[0] * 10 > units * 3 && zeros[1] * 10 < units) {
      encoding_ = Encoding::kUtf16Be;
    }
  }
  chosen_ = true;
}

std::size_t TextReader::measure_piece(LineEnd& end) {
  return encoding_ == Encoding::kUtf8 ? measure_narrow(end) : measure_wide(end);
}

std::size_t TextReader::measure_narrow(LineEnd& end) {
  raw_encoding_ = Encoding::kUtf8;
  const Bytes rest = Bytes(window_).subspan(begin_, end_ - begin_);
  const std::size_t most = std::min(rest.size(), options_.longest);
  const Bytes reach = rest.first(most);
  const auto* feed = static_cast<const std::byte*>(
      std::memchr(reach.data(), '\n', reach.size()));
  std::size_t size = most;
  end = rest.size() > most ? LineEnd::kCut : LineEnd::kFile;
  if (feed != nullptr) {
    size = static_cast<std::size_t>(feed - reach.data()) + 1;
    end = LineEnd::kFeed;
  }

  // NULs are padding, or the first sign of UTF-16 behind 8-bit text.
  std::size_t at = 0;
  while (at < size) {
    const auto* found = static_cast<const std::byte*>(
        std::memchr(reach.data() + at, 0, size - at));
    if (found == nullptr) {
      break;
    }
    const auto zero = static_cast<std::size_t>(found - reach.data());
    const std::size_t run = zero_run(reach, zero);
    std::size_t start = zero + run;
    Encoding order = Encoding::kUtf16Le;
    if (run == 1 && zero > 0) {
      start = zero - 1;
    } else if (run == 1) {
      start = 0;
      order = Encoding::kUtf16Be;
    }
    const bool wide = looks_wide(rest.subspan(start), order);
    if (wide && (run == 1 || zero == 0)) {
      encoding_ = order;
    }
    if (wide && start == 0) {
      return measure_wide(end);
    }
    if (run > 1 && zero > 0) {
      // A line torn by padding; what follows that is another one.
      end = LineEnd::kSwitch;
      return zero;
    }
    if (wide || run > 1) {
      // What stands before the change, or the padding, is a piece of its own.
      end = start == rest.size() && at_end_ ? LineEnd::kFile : LineEnd::kSwitch;
      return start;
    }
    at = zero + run;
  }
  if (end != LineEnd::kCut) {
    return size;
  }
  for (std::size_t i = size - 1; i > size - kCutSlack; --i) {
    if (value(rest[i]) == '<') {
      return i;
    }
  }
  for (std::size_t i = size; i > size - kCutSlack; --i) {
    if (value(rest[i - 1]) == ' ') {
      return i;
    }
  }
  // Never inside a UTF-8 sequence, which has at most three bytes to follow.
  std::size_t boundary = size;
  while (boundary > size - 4 && (value(rest[boundary]) & 0xc0) == 0x80) {
    --boundary;
  }
  return boundary;
}

std::size_t TextReader::measure_wide(LineEnd& end) {
  raw_encoding_ = encoding_;
  const Bytes rest = Bytes(window_).subspan(begin_, end_ - begin_);
  const std::size_t most = std::min(rest.size(), options_.longest);
  if (most < 2) {
    end = LineEnd::kFile;
    return most;
  }
  const std::size_t low = encoding_ == Encoding::kUtf16Le ? 0 : 1;
  const auto unit = [rest, low](std::size_t i) {
    return static_cast<unsigned>(value(rest[i + low]) |
                                 (value(rest[i + 1 - low]) << 8));
  };
  std::size_t narrow = 0;
  std::size_t swapped = 0;
  std::size_t last_tag = 0;
  std::size_t last_blank = 0;
  std::size_t at = 0;
  for (; at + 1 < most; at += 2) {
    const unsigned code = unit(at);
    if (code == '\n') {
      end = LineEnd::kFeed;
      return at + 2;
    }
    if (code == 0 && at == 0 && zero_run(rest.first(most), 0) > 3) {
      end = LineEnd::kSwitch;
      return zero_run(rest.first(most), 0) & ~1ULL;
    }
    if (code == '<') {
      last_tag = at;
    } else if (code == ' ') {
      last_blank = at + 2;
    }
    const bool plain_low = is_plain(rest[at + low]);
    const bool plain_high = is_plain(rest[at + 1 - low]);
    narrow = plain_low && plain_high ? narrow + 1 : 0;
    swapped = (code & 0xff) == 0 && plain_high ? swapped + 1 : 0;
    if (narrow == kForeignUnits || swapped == kForeignUnits) {
      const std::size_t start = at + 2 - 2 * kForeignUnits;
      encoding_ = narrow == kForeignUnits           ? Encoding::kUtf8
                  : encoding_ == Encoding::kUtf16Le ? Encoding::kUtf16Be
                                                    : Encoding::kUtf16Le;
      if (start == 0) {
        // Neither test can hold again for these bytes in the other reading.
        return measure_piece(end);
      }
      end = LineEnd::kSwitch;
      return start;
    }
  }
  if (rest.size() <= options_.longest) {
    end = LineEnd::kFile;
    return most;
  }
  end = LineEnd::kCut;
  if (last_tag + kCutSlack > at && last_tag != 0) {
    return last_tag;
  }
  if (last_blank + kCutSlack > at) {
    return last_blank;
  }
  // Never between the halves of a surrogate pair.
  return (unit(at - 2) & 0xfc00) == 0xd800 ? at - 2 : at;
}

std::uint32_t TextReader::next_code(std::size_t& at) {
  if (raw_encoding_ == Encoding::kUtf8) {
    return next_code_point(as_text(raw_), at);
  }
  if (raw_encoding_ == Encoding::kCodePage) {
    return code_page_ ? code_page_->next(raw_, at) : value(raw_[at++]);
  }
  if (raw_.size() - at < 2) {
    at = raw_.size();
    return 0;  // half a character at a torn end
  }
  const std::size_t low = raw_encoding_ == Encoding::kUtf16Le ? 0 : 1;
  const auto unit = [this, low](std::size_t i) {
    return static_cast<std::uint32_t>(value(raw_[i + low]) |
                                      (value(raw_[i + 1 - low]) << 8));
  };
  const std::uint32_t first = unit(at);
  at += 2;
  if ((first & 0xf800) != 0xd800) {
    return first;
  }
  if ((first & 0xfc00) == 0xd800 && raw_.size() - at >= 2) {
    const std::uint32_t second = unit(at);
    if ((second & 0xfc00) == 0xdc00) {
      at += 2;
      return 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
    }
  }
  return 0xfffd;
}

void TextReader::decode(TextLine& line) {
  mapped_index_ = 0;
  mapped_raw_ = 0;
  line.nuls = 0;
  identity_ = false;
  const std::string_view text = as_text(raw_);
  if (raw_encoding_ == Encoding::kUtf8) {
    identity_ = is_ascii_text(text);
    if (!identity_ && !is_utf8(text)) {
      raw_encoding_ = Encoding::kCodePage;
    }
  }
  line.encoding = raw_encoding_;
  std::string_view result = text;
  if (!identity_) {
    decoded_.clear();
    std::size_t at = 0;
    const bool wide = raw_encoding_ == Encoding::kUtf16Le ||
                      raw_encoding_ == Encoding::kUtf16Be;
    const std::size_t low = raw_encoding_ == Encoding::kUtf16Be ? 1 : 0;
    while (at < raw_.size()) {
      // Nearly every unit of a log is ASCII.
      if (wide && at + 1 < raw_.size() && value(raw_[at + 1 - low]) == 0 &&
          value(raw_[at + low]) - 1U < 0x7f) {
        decoded_ += static_cast<char>(value(raw_[at + low]));
        at += 2;
        continue;
      }
      const std::size_t before = at;
      const std::uint32_t code = next_code(at);
      if (!is_silent(code)) {
        append_utf8(decoded_, code);
      } else if (code == 0) {
        line.nuls += static_cast<std::int64_t>(at - before);
      }
    }
    result = decoded_;
  }
  if (line.end == LineEnd::kFeed && !result.empty()) {
    result.remove_suffix(1);
  }
  if (line.end != LineEnd::kCut && !result.empty() && result.back() == '\r') {
    result.remove_suffix(1);
  }
  line.text = result;
}

std::int64_t TextReader::offset_of(std::size_t index) {
  if (identity_) {
    return raw_offset_ + static_cast<std::int64_t>(index);
  }
  if (index < mapped_index_) {
    mapped_index_ = 0;
    mapped_raw_ = 0;
  }
  while (mapped_raw_ < raw_.size()) {
    std::size_t at = mapped_raw_;
    const std::size_t length = utf8_length(next_code(at));
    // Silent bytes belong to what stands before them.
    if (mapped_index_ >= index && length != 0) {
      break;
    }
    mapped_index_ += length;
    mapped_raw_ = at;
  }
  return raw_offset_ + static_cast<std::int64_t>(mapped_raw_);
}

}  // namespace deskfall
