#include "ingest/evtx_chunk.h"

#include <fmt/format.h>

#include <algorithm>

#include "ingest/evtx_crc.h"

namespace deskfall::evtx {

namespace {

bool all_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

void ChunkReader::read(Bytes chunk, std::int64_t index, std::int64_t offset,
                       Checksums checksums) {
  chunk_ = chunk;
  index_ = index;
  offset_ = offset;
  if (chunk.size() < kChunkHeaderSize) {
    drop(0, chunk.size(), "chunk header cut short");
    return;
  }
  ++tally_.chunks;
  binxml_.start_chunk(chunk);
  reporter_.accepted(kChunkHeaderSize);
  first_id_ = load<std::uint64_t>(chunk, kChunkFirstIdAt);
  last_id_ = load<std::uint64_t>(chunk, kChunkLastIdAt);
  const std::size_t free_space =
      std::clamp<std::size_t>(load<std::uint32_t>(chunk, kChunkFreeSpaceAt),
                              kChunkHeaderSize, kChunkSize);
  if (checksums == Checksums::kCompare) {
    compare_checksums(free_space);
  }
  const std::size_t limit = std::min(free_space, chunk.size());
  read_rest(read_live(limit));
}

void ChunkReader::compare_checksums(std::size_t free_space) {
  std::uint32_t crc = crc32(0, chunk_.first(kFileFlagsAt));
  crc = crc32(crc, chunk_.subspan(128, kChunkHeaderSize - 128));
  if (crc != load<std::uint32_t>(chunk_, kChunkHeaderCrcAt)) {
    tally_.header_crc.add(offset_);
  }
  if (free_space <= chunk_.size() &&
      crc32(0,
            chunk_.subspan(kChunkHeaderSize, free_space - kChunkHeaderSize)) !=
          load<std::uint32_t>(chunk_, kChunkDataCrcAt)) {
    tally_.data_crc.add(offset_);
  }
}

std::size_t ChunkReader::read_live(std::size_t limit) {
  std::size_t at = kChunkHeaderSize;
  bool in_chain = true;
  while (at < limit) {
    const auto record = record_at(at);
    if (record &&
        read_record(*record, in_chain ? Origin::kChain : Origin::kResync)) {
      at += record->size;
      continue;
    }
    if (record && record->sizes_agree) {
      drop(at, at + record->size, problem_);
      at += record->size;
      continue;
    }
    // The way to the next record is lost: look for it.
    in_chain = false;
    const auto next = find_record(at + 1, limit);
    const std::size_t end = next ? next->at : limit;
    if (read_unsized(at, end)) {
      at = end;
      continue;
    }
    if (!next && all_zero(chunk_.subspan(at, limit - at))) {
      return at;  // the end came earlier than the header said
    }
    drop(at, end, lost_reason(at, record.has_value()));
    at = end;
  }
  return std::min(at, chunk_.size());
}

bool ChunkReader::read_unsized(std::size_t at, std::size_t end) {
  if (end - at < kLeastRecordSize ||
      load<std::uint32_t>(chunk_, at) != kRecordMagic ||
      load<std::uint32_t>(chunk_, at + kRecordSizeAt) >= kLeastRecordSize) {
    return false;
  }
  return read_record(Record{at, end - at, false}, Origin::kResync);
}

std::string_view ChunkReader::lost_reason(std::size_t at, bool tried) const {
  if (tried) {
    return problem_;
  }
  if (!has(chunk_, at, 4) || load<std::uint32_t>(chunk_, at) != kRecordMagic) {
    return "no record header where one was expected";
  }
  if (!has(chunk_, at, kLeastRecordSize)) {
    return "record header cut short";
  }
  return load<std::uint32_t>(chunk_, at + kRecordSizeAt) < kLeastRecordSize
             ? "record size too small"
             : "record runs past the end of the chunk";
}

void ChunkReader::read_rest(std::size_t begin) {
  reporter_.slack(static_cast<std::int64_t>(chunk_.size() - begin));
  read_remnants(begin);
}

void ChunkReader::read_remnants(std::size_t begin) {
  std::size_t at = (begin + 3) / 4 * 4;  // records start on a raster of 8
  while (const auto record = find_record(at, chunk_.size(), 4)) {
    at = record->at;
    if (read_record(*record, Origin::kSlack)) {
      at += record->size;
    } else {
      tally_.overwritten.add(offset_ + static_cast<std::int64_t>(at));
      at += 4;
    }
  }
}

void ChunkReader::read_hidden(const Record& outer, std::size_t begin) {
  const std::size_t end = outer.at + outer.size;
  for (std::size_t at = begin; at + kLeastRecordSize <= end; ++at) {
    const auto record = record_at(at);
    if (!record) {
      continue;
    }
    // The last one hidden gave its final size to the record around it.
    const std::size_t inner_end = at + record->size;
    const bool plausible =
        inner_end == end || (inner_end < end && record->sizes_agree);
    if (plausible && read_record(*record, Origin::kHidden)) {
      reporter_.note(fmt::format(
          "hidden record: {} inside record {} at offset {}; somebody removed "
          "it from the log",
          load<std::uint64_t>(chunk_, at + kRecordIdAt),
          load<std::uint64_t>(chunk_, outer.at + kRecordIdAt),
          offset_ + static_cast<std::int64_t>(at)));
      at = inner_end - 1;
    }
  }
}

bool ChunkReader::read_record(const Record& record, Origin origin) {
  event_.reset();
  filler_.start(event_);
  const ReadResult result =
      binxml_.read(record.at + kRecordHeaderSize,
                   record.at + record.size - kRecordTrailerSize, filler_);
  problem_ = result.problem;
  if (!result.ok()) {
    return false;
  }
  const std::int64_t place = offset_ + static_cast<std::int64_t>(record.at);
  const auto id = load<std::uint64_t>(chunk_, record.at + kRecordIdAt);
  const auto filetime = load<std::uint64_t>(chunk_, record.at + kRecordTimeAt);
  const Instant written = from_filetime(filetime);
  if (!filler_.has_time()) {
    event_.time = written;
  }
  if (event_.record_id == 0) {
    event_.record_id = id;
  }
  event_.clock = ClockNote::kExact;
  event_.offset = place;
  // Behind damage, blocks of an older state of the file may follow: what the
  // chunk does not claim as its own is a remnant.
  event_.recovered =
      origin == Origin::kSlack || origin == Origin::kHidden ||
      (origin == Origin::kResync && (id < first_id_ || id > last_id_));
  const std::uint64_t key = Remnants::key(id, filetime, event_.event_id);
  if (event_.recovered) {
    remnants_.add(event_, key, sink_);
  } else {
    remnants_.add_live(key);
    tally_.add_live(id);
    count_oddities(record, result, event_.time - written);
    sink_.on_event(event_);
  }
  if (origin == Origin::kChain || origin == Origin::kResync) {
    reporter_.accepted(static_cast<std::int64_t>(record.size));
    if (record.at + record.size - result.end > kLeastRecordSize) {
      read_hidden(record, result.end);
    }
  }
  return true;
}

void ChunkReader::count_oddities(const Record& record, const ReadResult& result,
                                 Ticks late) {
  if (late > kTicksPerSecond || late < -kTicksPerSecond) {
    tally_.time_differs.add(event_.offset);
  }
  if (!record.sizes_agree) {
    tally_.size_copy.add(event_.offset);
  }
  if (result.values_missing) {
    tally_.values_missing.add(event_.offset);
  }
  if (filler_.is_rendered()) {
    tally_.rendered.add(event_.offset);
  }
}

std::optional<ChunkReader::Record> ChunkReader::record_at(
    std::size_t at) const {
  if (!has(chunk_, at, kLeastRecordSize) ||
      load<std::uint32_t>(chunk_, at) != kRecordMagic) {
    return std::nullopt;
  }
  Record record;
  record.at = at;
  record.size = load<std::uint32_t>(chunk_, at + kRecordSizeAt);
  if (record.size < kLeastRecordSize || !has(chunk_, at, record.size)) {
    return std::nullopt;
  }
  record.sizes_agree =
      load<std::uint32_t>(chunk_, at + record.size - kRecordTrailerSize) ==
      record.size;
  return record;
}

std::optional<ChunkReader::Record> ChunkReader::find_record(
    std::size_t from, std::size_t to, std::size_t raster) const {
  for (std::size_t at = from; at + kLeastRecordSize <= to; at += raster) {
    if (chunk_[at] != std::byte{0x2a}) {
      continue;
    }
    const auto record = record_at(at);
    if (record && record->sizes_agree && at + record->size <= to) {
      return record;
    }
  }
  return std::nullopt;
}

void ChunkReader::read_other(Bytes bytes, std::int64_t index,
                             std::int64_t offset) {
  chunk_ = bytes;
  index_ = index;
  offset_ = offset;
  first_id_ = 0;
  last_id_ = 0;
  if (all_zero(bytes)) {
    reporter_.slack(static_cast<std::int64_t>(bytes.size()));
    return;
  }
  binxml_.start_chunk(bytes);
  if (bytes.size() != kChunkSize) {
    drop(0, bytes.size(), "bytes that belong to no chunk");
  } else if (find_record(0, bytes.size())) {
    drop(0, bytes.size(), "chunk header missing");
  } else {
    tally_.unused.add(offset);
    reporter_.slack(static_cast<std::int64_t>(bytes.size()));
  }
  read_remnants(0);
}

void ChunkReader::drop(std::size_t begin, std::size_t end,
                       std::string_view reason) {
  if (begin == end) {
    return;
  }
  const ByteRange range{offset_ + static_cast<std::int64_t>(begin),
                        offset_ + static_cast<std::int64_t>(end)};
  reporter_.dropped(range,
                    fmt::format("chunk {} at +{}: {}", index_, begin, reason));
}

}  // namespace deskfall::evtx
