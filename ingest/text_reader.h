// TextReader: any text file as UTF-8 lines that know where they came from.
//
// Logs come as UTF-8, as UTF-16 of either byte order with or without a mark,
// in a code page of the machine, and as mixtures: PowerShell appends UTF-16 to
// 8-bit files and 8-bit tools append to UTF-16 files. The reader decides at
// the start (mark, then zero bytes at every second place), decides again where
// the choice stops making sense, and takes single lines that are no UTF-8
// through the code page. It never gives up on a file.
//
//   TextReader reader(source);
//   TextLine line;
//   while (true) {
//     DF_TRY(const bool more, reader.next(line));
//     if (!more) break;
//     use(line.text, line.number, line.offset);
//   }
//
// Byte order marks and NUL bytes (preallocated or torn logs hold runs of them)
// are not part of any text; NULs are counted. Memory is that of the longest
// piece, whatever the input: a line above TextOptions::longest comes in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/byte_source.h"
#include "ingest/code_page.h"
#include "ingest/result.h"

namespace deskfall {

enum class Encoding : std::uint8_t { kUtf8, kUtf16Le, kUtf16Be, kCodePage };

/// How a line stopped.
enum class LineEnd : std::uint8_t {
  kFeed,    ///< at a line feed
  kCut,     ///< too long: the next piece continues it
  kSwitch,  ///< padding or another encoding begins: the next is a new text
  kFile     ///< at the end of the file
};

struct TextLine {
  std::string_view text;    ///< UTF-8 without line end; until the next next()
  std::int64_t offset = 0;  ///< first byte in the source
  std::int64_t size = 0;    ///< bytes in the source, with line end and NULs
  std::int64_t nuls = 0;    ///< how many of them are NUL padding
  std::int64_t number = 0;  ///< 1-based
  Encoding encoding = Encoding::kUtf8;
  LineEnd end = LineEnd::kFeed;
};

struct TextOptions {
  /// Of lines that are neither UTF-8 nor UTF-16; a name that nobody knows is
  /// taken as windows-1252.
  std::string code_page = "windows-1252";
  /// Bytes of one piece. A longer line is cut, before a '<' or behind a blank
  /// where one is near, so that a tag stays whole. At least 1 KiB.
  std::size_t longest = std::size_t{64} * 1024;
};

class TextReader {
 public:
  explicit TextReader(ByteSource& source, TextOptions options = {});

  /// The next line or piece; false at the end. Fails when the source fails.
  [[nodiscard]] Result<bool> next(TextLine& line);

  /// Where byte `index` of the current line's text stands in the source.
  /// Asking in rising order is cheap.
  [[nodiscard]] std::int64_t offset_of(std::size_t index);

  /// Bytes handed out so far; the size of the source after the last line.
  [[nodiscard]] std::int64_t position() const { return position_; }

 private:
  [[nodiscard]] Result<void> fill();
  void choose_encoding();
  // Each returns the bytes of the piece at begin_ and sets raw_encoding_ to
  // its encoding, encoding_ to that of what follows.
  [[nodiscard]] std::size_t measure_piece(LineEnd& end);
  [[nodiscard]] std::size_t measure_narrow(LineEnd& end);
  [[nodiscard]] std::size_t measure_wide(LineEnd& end);
  void decode(TextLine& line);
  [[nodiscard]] std::uint32_t next_code(std::size_t& at);

  ByteSource& source_;
  TextOptions options_;
  std::optional<CodePage> code_page_;

  std::vector<std::byte> window_;  ///< bytes read ahead
  std::size_t begin_ = 0;          ///< first unused byte of the window
  std::size_t end_ = 0;
  bool at_end_ = false;  ///< the source has no more

  Encoding encoding_ = Encoding::kUtf8;  ///< kUtf8 stands for all narrow ones
  bool chosen_ = false;
  std::int64_t position_ = 0;
  std::int64_t number_ = 1;

  // The current line, for offset_of.
  std::span<const std::byte> raw_;
  std::string decoded_;
  Encoding raw_encoding_ = Encoding::kUtf8;
  bool identity_ = true;  ///< text is the raw bytes
  std::int64_t raw_offset_ = 0;
  std::size_t mapped_index_ = 0;
  std::size_t mapped_raw_ = 0;
};

}  // namespace deskfall
