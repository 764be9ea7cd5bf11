#include "ingest/evtx_chunk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ingest/evtx_crc.h"

namespace deskfall::evtx {

namespace {

bool all_zero(Bytes bytes) {
  // Zero, and every byte equal to the next one.
  return bytes.empty() ||
         (bytes[0] == std::byte{0} &&
          std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace

void ChunkResult::clear() {
  remnants.clear();
  lost.clear();
  proven.clear();
  live_keys.clear();
  tally = EvtxTally{};
  accepted_bytes = 0;
  slack_bytes = 0;
  ranges.clear();
  notes.clear();
}

void ChunkResult::tell(ParseReporter& reporter) const {
  reporter.accepted(accepted_bytes);
  reporter.slack(slack_bytes);
  for (const auto& dropped : ranges) {
    reporter.dropped(dropped.range, dropped.reason);
  }
  for (const std::string& text : notes) {
    reporter.note(text);
  }
}

void ChunkReader::read(Bytes chunk, std::int64_t index, std::int64_t offset,
                       Checksums checksums) {
  chunk_ = chunk;
  index_ = index;
  offset_ = offset;
  if (chunk.size() < kChunkHeaderSize) {
    drop(0, chunk.size(), "chunk header cut short");
    return;
  }
  ++result_.tally.chunks;
  stack_.start_chunk(chunk);
  result_.accepted(kChunkHeaderSize);
  first_id_ = load<std::uint64_t>(chunk, kChunkFirstIdAt);
  last_id_ = load<std::uint64_t>(chunk, kChunkLastIdAt);
  const std::size_t free_space =
      std::clamp<std::size_t>(load<std::uint32_t>(chunk, kChunkFreeSpaceAt),
                              kChunkHeaderSize, kChunkSize);
  checksum_fits_ = true;
  if (checksums == Checksums::kCompare) {
    compare_checksums(free_space);
  }
  const std::size_t limit = std::min(free_space, chunk.size());
  read_rest(read_live(limit));
  result_.proven = stack_.take_proven();
}

void ChunkReader::compare_checksums(std::size_t free_space) {
  std::uint32_t crc = crc32(0, chunk_.first(kFileFlagsAt));
  crc = crc32(crc, chunk_.subspan(128, kChunkHeaderSize - 128));
  if (crc != load<std::uint32_t>(chunk_, kChunkHeaderCrcAt)) {
    result_.tally.header_crc.add({offset_, index_, {}});
  }
  if (free_space <= chunk_.size() &&
      crc32(0,
            chunk_.subspan(kChunkHeaderSize, free_space - kChunkHeaderSize)) !=
          load<std::uint32_t>(chunk_, kChunkDataCrcAt)) {
    result_.tally.data_crc.add({offset_, index_, {}});
    checksum_fits_ = false;
  }
}

std::size_t ChunkReader::read_live(std::size_t limit) {
  std::size_t at = kChunkHeaderSize;
  bool in_chain = true;
  while (at < limit) {
    const Origin origin = in_chain ? Origin::kChain : Origin::kResync;
    const auto record = record_at(at);
    const std::size_t read_to = record ? read_record(*record, origin) : 0;
    if (read_to != 0) {
      at = read_to;
      continue;
    }
    if (record && record->sizes_agree) {
      drop(at, at + record->size, problem_);
      read_inside(*record, at + kRecordHeaderSize, Origin::kSlack);
      at += record->size;
      continue;
    }
    // The way to the next record is lost: look for it.
    in_chain = false;
    const auto next = find_record(at + 1, limit);
    const std::size_t end = next ? next->at : limit;
    const std::string_view problem = problem_;
    if (const std::size_t guessed = read_unsized(at, end, origin)) {
      at = guessed;
      continue;
    }
    problem_ = problem;
    if (!next && all_zero(chunk_.subspan(at, limit - at))) {
      return at;  // the end came earlier than the header said
    }
    drop(at, end, lost_reason(at, record.has_value()));
    at = end;
  }
  return std::min(at, chunk_.size());
}

std::size_t ChunkReader::read_unsized(std::size_t at, std::size_t end,
                                      Origin origin) {
  if (end - at < kLeastRecordSize ||
      load<std::uint32_t>(chunk_, at) != kRecordMagic) {
    return 0;
  }
  return read_record(Record{at, end - at, false}, origin);
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
  result_.slack(static_cast<std::int64_t>(chunk_.size() - begin));
  read_remnants(begin);
}

void ChunkReader::read_remnants(std::size_t begin) {
  std::size_t at = (begin + 3) / 4 * 4;  // records start on a raster of 8
  while (const auto record = find_record(at, chunk_.size(), 4)) {
    at = record->at;
    if (read_record(*record, Origin::kSlack) != 0) {
      at += record->size;
    } else {
      hold_lost(*record);
      at += 4;
    }
  }
}

RecordHead ChunkReader::head_of(const Record& record) const {
  RecordHead head;
  head.offset = offset_ + static_cast<std::int64_t>(record.at);
  head.chunk = index_;
  head.id = load<std::uint64_t>(chunk_, record.at + kRecordIdAt);
  head.time = load<std::uint64_t>(chunk_, record.at + kRecordTimeAt);
  return head;
}

void ChunkReader::hold_lost(const Record& record) {
  const std::size_t begin = record.at + kRecordHeaderSize;
  const std::size_t end = record.at + record.size - kRecordTrailerSize;
  // Behind the fragment header stands the instance that lost its template.
  const bool is_whole = end_of_instance(chunk_, begin + 4, end) &&
                        load<std::uint8_t>(chunk_, begin) == 0x0f &&
                        load<std::uint8_t>(chunk_, begin + 4) == 0x0c;
  RecordHead head = head_of(record);
  if (!is_whole) {
    result_.tally.overwritten.add(head.place());
    return;
  }
  head.recovered = true;
  LostRecord& lost = result_.lost.emplace_back();
  lost.head = head;
  lost.key = Remnants::key(lost.head.id, lost.head.time);
  lost.at = record.at;
  lost.bytes.assign(reinterpret_cast<const char*>(chunk_.data()) + record.at,
                    record.size);
}

void ChunkReader::read_inside(const Record& outer, std::size_t begin,
                              Origin origin) {
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
    if (!plausible || read_record(*record, origin) == 0) {
      continue;
    }
    if (origin == Origin::kHidden) {
      result_.note(fmt::format(
          "{}: {} inside record {} at offset {}; somebody removed it from the "
          "log",
          kHiddenRecordNote, load<std::uint64_t>(chunk_, at + kRecordIdAt),
          load<std::uint64_t>(chunk_, outer.at + kRecordIdAt),
          offset_ + static_cast<std::int64_t>(at)));
    }
    at = inner_end - 1;
  }
}

std::size_t ChunkReader::read_record(Record record, Origin origin) {
  RecordHead head = head_of(record);
  // Behind damage, blocks of an older state of the file may follow: what the
  // chunk does not claim as its own is a remnant.
  head.recovered = origin == Origin::kSlack || origin == Origin::kHidden ||
                   (origin == Origin::kResync &&
                    (head.id < first_id_ || head.id > last_id_));
  if (origin == Origin::kChain && record.sizes_agree &&
      !output_.asks_for(head)) {
    pass_over(record, head);
    return record.at + record.size;
  }
  const ReadResult read =
      output_.read(stack_, head, record.at + kRecordHeaderSize,
                   record.at + record.size - kRecordTrailerSize);
  problem_ = read.problem;
  if (!read.ok()) {
    return 0;
  }
  if (!record.sizes_agree && origin != Origin::kHidden) {
    // A size that is too large would swallow the records behind.
    if (const auto next = find_record(read.end, record.at + record.size)) {
      record.size = next->at - record.at;
    }
  }
  const std::uint64_t key = Remnants::key(head.id, head.time);
  count_oddities(record, read, head);
  if (head.recovered) {
    head.doubts.add_if(origin == Origin::kHidden, Doubt::kHidden);
    Remnant& remnant = result_.remnants.emplace_back();
    remnant.key = key;
    output_.take(head, remnant);
  } else {
    result_.live_keys.push_back(key);
    result_.tally.add_live(head.id);
    head.doubts.add_if(!checksum_fits_, Doubt::kChecksum);
    output_.keep(head);
  }
  if (origin == Origin::kChain || origin == Origin::kResync) {
    result_.accepted(static_cast<std::int64_t>(record.size));
    if (record.at + record.size - read.end > kLeastRecordSize) {
      read_inside(record, read.end, Origin::kHidden);
    }
  }
  return record.at + record.size;
}

void ChunkReader::pass_over(const Record& record, const RecordHead& head) {
  result_.live_keys.push_back(Remnants::key(head.id, head.time));
  result_.tally.add_live(head.id);
  result_.accepted(static_cast<std::int64_t>(record.size));
}

void ChunkReader::count_oddities(const Record& record, const ReadResult& read,
                                 RecordHead& head) {
  const RecordFacts facts = output_.facts();
  const Ticks late =
      facts.time ? *facts.time - from_filetime(head.time) : Ticks{0};
  const auto count = [&head](bool odd, Oddity& oddity, Doubt doubt) {
    if (odd) {
      head.doubts.add(doubt);
      if (!head.recovered) {
        oddity.add(head.place());
      }
    }
  };
  EvtxTally& tally = result_.tally;
  count(late > kTicksPerSecond || late < -kTicksPerSecond, tally.time_differs,
        Doubt::kTimes);
  count(facts.is_rendered, tally.rendered, Doubt::kForwarded);
  // The last record under a grown one gave its size copy to it.
  count(!record.sizes_agree && !head.recovered, tally.size_copy, Doubt::kSizes);
  count(read.values_miscounted, tally.values_miscounted, Doubt::kValues);
  count(read.types_differ, tally.types_differ, Doubt::kTypes);
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
  std::size_t at = from;
  while (at < to) {
    const void* found =
        std::memchr(chunk_.data() + at, kRecordMagic & 0xff, to - at);
    if (found == nullptr) {
      break;
    }
    at = static_cast<std::size_t>(static_cast<const std::byte*>(found) -
                                  chunk_.data());
    if (at % raster == 0) {
      const auto record = record_at(at);
      if (record && record->sizes_agree) {
        return record;
      }
    }
    ++at;
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
    result_.slack(static_cast<std::int64_t>(bytes.size()));
    return;
  }
  stack_.start_chunk(bytes);
  if (bytes.size() != kChunkSize) {
    drop(0, bytes.size(), "bytes that belong to no chunk");
  } else if (find_record(0, bytes.size())) {
    drop(0, bytes.size(), "chunk header missing");
  } else {
    result_.tally.unused.add({offset, index, {}});
    result_.slack(static_cast<std::int64_t>(bytes.size()));
  }
  read_remnants(0);
  result_.proven = stack_.take_proven();
}

void ChunkReader::drop(std::size_t begin, std::size_t end,
                       std::string_view reason) {
  if (begin == end) {
    return;
  }
  const ByteRange range{offset_ + static_cast<std::int64_t>(begin),
                        offset_ + static_cast<std::int64_t>(end)};
  std::string where = fmt::format("chunk {} at +{}: ", index_, begin);
  if (has(chunk_, begin, kRecordHeaderSize) &&
      load<std::uint32_t>(chunk_, begin) == kRecordMagic) {
    where += fmt::format("record {}: ",
                         load<std::uint64_t>(chunk_, begin + kRecordIdAt));
  }
  result_.dropped(range, where.append(reason));
}

}  // namespace deskfall::evtx
