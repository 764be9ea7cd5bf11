// The bytes of one EVTX record as they are stored, for whoever doubts what a
// reader made of them: lone surrogates that became U+FFFD, values of the wrong
// size, a template that does not fit.
//
//   DF_TRY(const auto bytes, read_raw_record(*source, event.offset));
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ingest/byte_source.h"
#include "ingest/result.h"

namespace deskfall {

/// The record whose first byte stands at `offset` of the source: header,
/// BinXML, padding and the copy of its size. A record whose size is damaged
/// comes up to the end of its 64 KiB at most. Fails when no record begins
/// there. The source is read from its front.
[[nodiscard]] Result<std::vector<std::byte>> read_raw_record(
    ByteSource& source, std::int64_t offset);

}  // namespace deskfall
