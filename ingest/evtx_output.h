// RecordOutput: what the records of a chunk turn into - events, or text - kept
// until it is the chunk's turn to be given out.
//
// The chunk reader does not know which. It reads a record (it is then the
// pending one), learns its facts, and either keeps it as live, or takes it
// away as a remnant, or goes on to the next, which forgets it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ingest/event_batch.h"
#include "ingest/evtx_dump.h"
#include "ingest/evtx_event_read.h"
#include "ingest/evtx_instances.h"
#include "ingest/evtx_reader.h"
#include "ingest/evtx_render.h"
#include "ingest/evtx_tally.h"

namespace deskfall::evtx {

/// Where a record stands and what its header says.
struct RecordHead {
  std::int64_t offset = 0;  ///< in the file
  std::int64_t chunk = 0;
  std::uint64_t id = 0;
  std::uint64_t time = 0;  ///< FILETIME
  bool recovered = false;
  Doubts doubts;  ///< complete when the record is kept or taken

  [[nodiscard]] LogPlace place() const { return {offset, chunk, id}; }
};

/// What its payload says about it, as far as the output looks at it.
struct RecordFacts {
  std::optional<Instant> time;  ///< TimeCreated
  bool is_rendered = false;     ///< texts of a collector are in it
};

/// A record outside the live chain, as an event or as text.
struct Remnant {
  std::uint64_t key = 0;
  Event event;
  std::string text;
};

class RecordOutput {
 public:
  virtual ~RecordOutput() = default;

  /// Whether the record has to be read at all, as far as its head tells.
  [[nodiscard]] virtual bool asks_for(const RecordHead& head) const = 0;

  /// Forgets everything kept.
  virtual void clear() = 0;

  /// Reads the BinXML in [begin, end) of the stack's chunk.
  virtual ReadResult read(InstanceStack& stack, const RecordHead& head,
                          std::size_t begin, std::size_t end) = 0;
  [[nodiscard]] virtual RecordFacts facts() const = 0;

  /// Whether records are wanted whose template is lost.
  [[nodiscard]] virtual bool wants_incomplete() const = 0;

  virtual void keep(const RecordHead& head) = 0;
  virtual void take(const RecordHead& head, Remnant& remnant) = 0;

  /// Hands on what was kept, in order; then a remnant.
  virtual void give() = 0;
  virtual void give(const Remnant& remnant) = 0;
};

class EventOutput : public RecordOutput {
 public:
  EventOutput(EventSink& sink, const EvtxOptions& options)
      : sink_(sink), options_(options) {}

  [[nodiscard]] bool asks_for(const RecordHead& head) const override;
  void clear() override { count_ = 0; }
  ReadResult read(InstanceStack& stack, const RecordHead& head,
                  std::size_t begin, std::size_t end) override;
  [[nodiscard]] RecordFacts facts() const override;
  [[nodiscard]] bool wants_incomplete() const override { return false; }
  void keep(const RecordHead& head) override;
  void take(const RecordHead& head, Remnant& remnant) override;
  void give() override;
  void give(const Remnant& remnant) override;

 private:
  EventSink& sink_;
  const EvtxOptions& options_;
  EventReader reader_;
  std::vector<Event> events_;  ///< the first count_ are kept, then pending
  std::size_t count_ = 0;
};

/// Events for a case. Every record is read, whatever the options say.
class BatchOutput : public RecordOutput {
 public:
  BatchOutput(BatchSink& sink, const EvtxOptions& options)
      : sink_(sink), options_(options), batch_(sink.choice(), sink.form()) {}

  [[nodiscard]] bool asks_for(const RecordHead&) const override { return true; }
  void clear() override { batch_.clear(); }
  ReadResult read(InstanceStack& stack, const RecordHead& head,
                  std::size_t begin, std::size_t end) override;
  [[nodiscard]] RecordFacts facts() const override;
  [[nodiscard]] bool wants_incomplete() const override { return false; }
  void keep(const RecordHead& head) override;
  void take(const RecordHead& head, Remnant& remnant) override;
  void give() override { sink_.on_batch(batch_); }
  void give(const Remnant& remnant) override { sink_.on_event(remnant.event); }

 private:
  BatchSink& sink_;
  const EvtxOptions& options_;
  EventReader reader_;
  EventBatch batch_;
  Event* event_ = nullptr;  ///< the pending one, in the batch
};

class TextOutput : public RecordOutput {
 public:
  TextOutput(TextSink& sink, DumpFormat format, const EvtxOptions& options);

  [[nodiscard]] bool asks_for(const RecordHead& head) const override;
  void clear() override;
  ReadResult read(InstanceStack& stack, const RecordHead& head,
                  std::size_t begin, std::size_t end) override;
  [[nodiscard]] RecordFacts facts() const override { return {}; }
  [[nodiscard]] bool wants_incomplete() const override { return true; }
  void keep(const RecordHead& head) override;
  void take(const RecordHead& head, Remnant& remnant) override;
  void give() override;
  void give(const Remnant& remnant) override;

 private:
  void begin_text(const RecordHead& head);
  void add_doubts(const RecordHead& head);

  TextSink& sink_;
  const EvtxOptions& options_;
  DumpFormat format_;
  RecordRenderer renderer_;
  EvtxOptions look_options_;
  EventReader look_;  ///< finds the id, when only some are asked for
  Event seen_;
  bool is_wanted_ = true;
  OutBuffer text_;        ///< what is kept, then the pending record
  std::size_t kept_ = 0;  ///< size of the former
};

}  // namespace deskfall::evtx
