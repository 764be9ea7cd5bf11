// The two ways to read a record as an event: by plan, and token by token.
#include "ingest/evtx_event_read.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "ingest/evtx_format.h"
#include "ingest/normalise.h"

using namespace deskfall;
using namespace deskfall::evtx;

namespace {

std::string shown(const Event& event) {
  return event.host + '|' + event.channel + '|' + event.provider + '|' +
         std::to_string(event.event_id) + '|' + std::to_string(event.level) +
         '|' + std::to_string(event.record_id) + '|' + event.activity_id + '|' +
         std::to_string(event.process_id) + '|' +
         std::to_string(event.thread_id) + '|' + event.user_sid + '|' +
         std::to_string(event.time.ticks) + '|' + event.fields.to_json();
}

struct Nothing : RecordChoice {
  bool wants(const Kind&) const override { return false; }
  bool keeps(const Event&) const override { return false; }
};

Kind kind_of(const Event& event) {
  return {event.host, event.channel, event.provider, event.event_id};
}

struct Compared {
  std::size_t records = 0;
  std::size_t planned = 0;  ///< read by plan to the end
};

/// Reads whatever looks like a record in every slot of the file both ways.
void compare(const std::filesystem::path& path, Compared& counts) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::byte> slot(kChunkSize);
  std::vector<char> head(4096);
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  InstanceStack planned_stack;
  InstanceStack walked_stack;
  EventReader planned(ReadMode::kPlan);
  EventReader walked(ReadMode::kWalk);
  Event by_plan;
  Event by_walk;
  // What is not wanted comes without fields; what can be read, and what kind
  // it is, do not depend on it.
  InstanceStack batch_stack;
  EventReader batch_planned;
  EventReader batch_walked(ReadMode::kWalk);
  const Nothing nothing;
  EventBatch unwanted(&nothing, BatchForm::kEvents);
  EventBatch rows(nullptr, BatchForm::kRows);
  while (in.read(reinterpret_cast<char*>(slot.data()), kChunkSize) ||
         in.gcount() > 0) {
    const Bytes chunk(slot.data(), static_cast<std::size_t>(in.gcount()));
    planned_stack.start_chunk(chunk);
    walked_stack.start_chunk(chunk);
    batch_stack.start_chunk(chunk);
    for (std::size_t at = 0; has(chunk, at, kLeastRecordSize); at += 4) {
      const std::size_t size = load<std::uint32_t>(chunk, at + kRecordSizeAt);
      if (load<std::uint32_t>(chunk, at) != kRecordMagic ||
          size < kLeastRecordSize || !has(chunk, at, size)) {
        continue;
      }
      const std::size_t begin = at + kRecordHeaderSize;
      const std::size_t end = at + size - kRecordTrailerSize;
      const ReadResult one =
          planned.read(planned_stack, begin, end, by_plan, {});
      const ReadResult two = walked.read(walked_stack, begin, end, by_walk, {});
      INFO(path.string() << " record at " << at);
      REQUIRE(one.problem == two.problem);
      for (EventReader* reader : {&batch_planned, &batch_walked}) {
        for (EventBatch* batch : {&unwanted, &rows}) {
          batch->clear();
          Event& event = batch->next();
          const ReadResult three =
              reader->read(batch_stack, begin, end, event, {}, batch);
          REQUIRE(three.problem == one.problem);
          REQUIRE(three.end == one.end);
          REQUIRE(three.values_miscounted == one.values_miscounted);
          REQUIRE(three.types_differ == one.types_differ);
          if (!three.ok()) {
            continue;
          }
          REQUIRE(reader->is_rendered() == planned.is_rendered());
          REQUIRE(reader->has_time() == planned.has_time());
          REQUIRE(event.time == by_plan.time);
          REQUIRE(event.record_id == by_plan.record_id);
          REQUIRE(batch->kinds[reader->kind()] == kind_of(by_plan));
          REQUIRE((batch == &rows || event.fields.empty()));
          batch->add(reader->kind());
          REQUIRE(batch->kept().size() == (batch == &rows ? 1U : 0U));
          if (batch == &rows) {
            Event normal = by_plan;
            normalise(normal);
            REQUIRE(batch->kept()[0].fields_json.view() ==
                    normal.fields.to_json());
          }
        }
      }
      if (one.ok()) {
        REQUIRE(shown(by_plan) == shown(by_walk));
        REQUIRE(planned.has_time() == walked.has_time());
        REQUIRE(planned.is_rendered() == walked.is_rendered());
        REQUIRE(one.end == two.end);
        REQUIRE(one.values_miscounted == two.values_miscounted);
        ++counts.records;
        counts.planned += planned.used_plan() ? 1U : 0U;
      }
    }
  }
}

}  // namespace

TEST_CASE("plans and the walk read the same events from real logs") {
  const std::filesystem::path corpus =
      std::filesystem::path(DESKFALL_SOURCE_DIR) / "../shared/corpus/evtx";
  if (!std::filesystem::exists(corpus)) {
    WARN("no corpus beside the sources: skipped");
    return;
  }
  Compared counts;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() == ".evtx") {
      compare(entry.path(), counts);
    }
  }
  CHECK(counts.records > 31'910);  // live ones alone, see COUNTS.tsv
  CHECK(counts.planned > counts.records / 10 * 9);
}
