// The EVTX reader over whole files, as events and as both kinds of text.
#include "tests/fuzz/evtx_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  deskfall::fuzz::check_evtx(std::as_bytes(std::span(data, size)));
  return 0;
}
