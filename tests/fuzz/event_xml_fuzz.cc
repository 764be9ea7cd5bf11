// Any bytes: no crash, and every byte is accounted for.
#include "ingest/event_xml.h"

#include "tests/fuzz/text_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  deskfall::fuzz::check_text_decoder(
      data, size, [](auto& source, auto& sink, auto& damage) {
        return deskfall::read_event_xml(source, sink, damage);
      });
  return 0;
}
