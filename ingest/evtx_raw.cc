#include "ingest/evtx_raw.h"

#include <fmt/format.h>

#include <algorithm>

#include "ingest/evtx_format.h"

namespace deskfall {

Result<std::vector<std::byte>> read_raw_record(ByteSource& source,
                                               std::int64_t offset) {
  std::vector<std::byte> bytes(evtx::kChunkSize);
  std::int64_t skip = offset;
  while (skip > 0) {
    const auto count = static_cast<std::size_t>(
        std::min<std::int64_t>(skip, evtx::kChunkSize));
    DF_TRY(const std::size_t got, source.read(std::span(bytes).first(count)));
    if (got == 0) {
      break;
    }
    skip -= static_cast<std::int64_t>(got);
  }
  std::size_t got = 0;
  if (skip == 0) {
    DF_TRY(got, source.read(bytes));
  }
  bytes.resize(got);
  if (got < evtx::kLeastRecordSize ||
      evtx::load<std::uint32_t>(bytes, 0) != evtx::kRecordMagic) {
    return fail(ErrorKind::kInput,
                fmt::format("no EVTX record begins at offset {}", offset));
  }
  const std::size_t size =
      evtx::load<std::uint32_t>(bytes, evtx::kRecordSizeAt);
  if (size >= evtx::kLeastRecordSize && size <= bytes.size()) {
    bytes.resize(size);
  }
  return bytes;
}

}  // namespace deskfall
