// One EVTX chunk: the input is the slot, its first bytes aside, so that every
// change reaches the walk over records, slack and hidden records.
#include <algorithm>
#include <cstring>

#include "tests/fuzz/evtx_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  constexpr std::size_t kSlot = 65'536;
  constexpr std::uint32_t kHeaderLength = 128;
  std::string chunk(std::max<std::size_t>(size, 512), '\0');
  if (size > 0) {
    std::memcpy(chunk.data(), data, size);
  }
  chunk.resize(std::min(chunk.size(), kSlot));
  std::memcpy(chunk.data(), "ElfChnk", 8);
  std::memcpy(chunk.data() + 40, &kHeaderLength, sizeof kHeaderLength);
  deskfall::fuzz::check_evtx(deskfall::as_bytes(chunk));
  return 0;
}
