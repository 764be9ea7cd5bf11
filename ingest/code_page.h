// CodePage: bytes of an old Windows or console code page to Unicode.
//
// Only the fallback of text_reader.h: logs are UTF-8 or UTF-16 unless a
// program of the 8-bit days wrote them. ICU holds the tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "ingest/result.h"

namespace deskfall {

class CodePage {
 public:
  /// By name as ICU knows it: "windows-1252", "ibm-850", "windows-932".
  [[nodiscard]] static Result<CodePage> find(const std::string& name);

  ~CodePage();
  CodePage(CodePage&&) noexcept;
  CodePage& operator=(CodePage&&) noexcept;

  /// Reads the character at `at` and moves behind it; bytes that mean nothing
  /// give U+FFFD and move at least one byte.
  [[nodiscard]] std::uint32_t next(std::span<const std::byte> bytes,
                                   std::size_t& at);

 private:
  struct Converter;
  explicit CodePage(std::unique_ptr<Converter> converter);

  std::unique_ptr<Converter> converter_;
};

}  // namespace deskfall
