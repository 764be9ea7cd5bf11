#include "ingest/code_page.h"

#include <unicode/ucnv.h>

namespace deskfall {

struct CodePage::Converter {
  struct Close {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
  };
  std::unique_ptr<UConverter, Close> icu;
};

CodePage::CodePage(std::unique_ptr<Converter> converter)
    : converter_(std::move(converter)) {}
CodePage::~CodePage() = default;
CodePage::CodePage(CodePage&&) noexcept = default;
CodePage& CodePage::operator=(CodePage&&) noexcept = default;

Result<CodePage> CodePage::find(const std::string& name) {
  UErrorCode status = U_ZERO_ERROR;
  auto converter = std::make_unique<Converter>();
  converter->icu.reset(ucnv_open(name.c_str(), &status));
  if (U_FAILURE(status) || !converter->icu) {
    return fail(ErrorKind::kUsage, "unknown code page '" + name + "'", {},
                "use a name such as windows-1252 or ibm-850");
  }
  return CodePage(std::move(converter));
}

std::uint32_t CodePage::next(std::span<const std::byte> bytes,
                             std::size_t& at) {
  const auto code_of = [&bytes](std::size_t i) {
    return std::to_integer<std::uint32_t>(bytes[i]);
  };
  if (code_of(at) < 0x80) {
    return code_of(at++);
  }
  const char* const begin = reinterpret_cast<const char*>(bytes.data()) + at;
  const char* const end = begin + (bytes.size() - at);
  const char* source = begin;
  UErrorCode status = U_ZERO_ERROR;
  const UChar32 code =
      ucnv_getNextUChar(converter_->icu.get(), &source, end, &status);
  if (U_FAILURE(status)) {
    ucnv_resetToUnicode(converter_->icu.get());
    ++at;
    return 0xfffd;
  }
  at += source > begin ? static_cast<std::size_t>(source - begin) : 1;
  return static_cast<std::uint32_t>(code);
}

}  // namespace deskfall
