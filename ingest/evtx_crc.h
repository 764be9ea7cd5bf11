// CRC-32 as EVTX uses it (IEEE 802.3, the one of zlib).
#pragma once

#include "ingest/evtx_format.h"

namespace deskfall::evtx {

/// Continues `crc` (0 to begin) over `bytes`.
[[nodiscard]] std::uint32_t crc32(std::uint32_t crc, Bytes bytes);

}  // namespace deskfall::evtx
