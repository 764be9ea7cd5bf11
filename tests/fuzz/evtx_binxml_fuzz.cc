// BinXML of EVTX: the input is the payload of one record in an otherwise sound
// chunk, so that every change reaches the compiler and the readers behind it.
#include <cstring>

#include "tests/fuzz/evtx_check.h"

namespace {

template <typename Number>
void put(std::string& out, std::size_t at, Number value) {
  std::memcpy(out.data() + at, &value, sizeof value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  constexpr std::size_t kRecordAt = 512;
  constexpr std::size_t kMostPayload = 60'000;
  size = size < kMostPayload ? size : kMostPayload;
  const auto record = static_cast<std::uint32_t>(24 + size + 4);
  std::string chunk(kRecordAt + record, '\0');
  std::memcpy(chunk.data(), "ElfChnk", 8);
  put<std::uint64_t>(chunk, 24, 1);
  put<std::uint64_t>(chunk, 32, 1);
  put<std::uint32_t>(chunk, 40, 128);
  put(chunk, 48, static_cast<std::uint32_t>(chunk.size()));
  put<std::uint32_t>(chunk, kRecordAt, 0x2a2a);
  put(chunk, kRecordAt + 4, record);
  put<std::uint64_t>(chunk, kRecordAt + 8, 1);
  put<std::uint64_t>(chunk, kRecordAt + 16, 134'169'128'474'123'456);
  if (size > 0) {
    std::memcpy(chunk.data() + kRecordAt + 24, data, size);
  }
  put(chunk, chunk.size() - 4, record);
  deskfall::fuzz::check_evtx(deskfall::as_bytes(chunk));
  return 0;
}
