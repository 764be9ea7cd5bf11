// InstanceStack: the template instances of one EVTX record, one inside the
// other, and the compiled templates of its chunk.
//
// Whoever reads a record asks it to begin(), looks at the innermost instance
// (top()), enters those nested in it and leaves them at their end. There is no
// recursion: depth is bounded, and so is the total work of a record, so that a
// crafted one cannot keep the reader busy. evtx_walk.h and evtx_render.h are
// the two readers.
//
// Every template has to prove that it is the one the record was written with:
// its GUID begins with the id in the record (true for all 673,356 instances in
// live records of 1,586 public files), and its names carry the right hashes. A
// definition that was overwritten would print values under wrong names. Only
// with a library (use()) a lost template is replaced, or else does without
// names.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/code_page.h"
#include "ingest/evtx_library.h"
#include "ingest/evtx_template_store.h"
#include "ingest/evtx_value.h"

namespace deskfall::evtx {

struct ReadResult {
  std::string_view problem;        ///< empty: the record was read
  std::size_t end = 0;             ///< behind its last BinXML byte
  bool values_miscounted = false;  ///< not as many as the template uses
  bool types_differ = false;       ///< other types than the template declares
  bool rebuilt = false;            ///< with a template of the library
  bool incomplete = false;         ///< without a template: values have no names

  [[nodiscard]] bool ok() const { return problem.empty(); }
};

/// One template instance, or a fragment without template, being read.
struct Frame {
  static constexpr std::uint32_t kNone =
      std::numeric_limits<std::uint32_t>::max();

  Template* shape = nullptr;
  std::uint32_t step = 0;  ///< next step or piece; the reader moves it
  std::uint32_t text = 0;  ///< of a render plan: where its text goes on
  FillPlace place = FillPlace::kRecord;  ///< picks the fill plan
  std::uint32_t first_value = 0;
  std::size_t value_bytes = 0;     ///< of all its values
  std::uint32_t repeated = kNone;  ///< the kOpen of a string array
  std::uint32_t pending = kNone;   ///< piece to finish when back on top
  Value item;                      ///< what stands for its slot now
  Value rest;                      ///< items still to come
};

class InstanceStack {
 public:
  /// Where lost templates are looked for from now on.
  void use(TemplateLibrary* library) { library_ = library; }

  /// AnsiString values come out as strings, read with this code page, instead
  /// of as Windows-1252.
  void use(CodePage code_page) { code_page_ = std::move(code_page); }

  /// Templates that records have proven since the last call, in their order.
  [[nodiscard]] std::vector<Template> take_proven();

  /// Forgets the templates of the last chunk.
  void start_chunk(Bytes chunk);

  /// Enters the BinXML in [begin, end) of the chunk: a record's payload.
  [[nodiscard]] bool begin(std::size_t begin, std::size_t end);

  /// Enters what a BinXML value holds; nothing for an empty one.
  [[nodiscard]] bool enter(const Value& value);

  /// Enters the template instance at this offset in the chunk.
  [[nodiscard]] bool enter_instance(std::size_t at);

  /// Leaves the innermost instance.
  void leave();

  [[nodiscard]] bool empty() const { return frames_.empty(); }
  [[nodiscard]] std::size_t depth() const { return frames_.size(); }

  /// Valid until the next enter.
  [[nodiscard]] Frame& top() { return frames_.back(); }

  /// What stands for a slot that the frame's template uses; NULL when the
  /// record has fewer values than that.
  [[nodiscard]] const Value& value(const Frame& frame,
                                   std::uint16_t slot) const {
    return values_[frame.first_value + slot];
  }

  /// The same, but the item itself while an array of strings is repeated.
  [[nodiscard]] const Value& item(const Frame& frame,
                                  std::uint16_t slot) const {
    const bool repeated = frame.repeated != Frame::kNone &&
                          slot == frame.shape->steps[frame.repeated].only_slot;
    return repeated ? frame.item : value(frame, slot);
  }

  /// All values of a frame; good until another frame is entered.
  [[nodiscard]] const Value* values(const Frame& frame) const {
    return values_.data() + frame.first_value;
  }

  /// Counts steps, or bytes given out. False when the record has had its
  /// share; the problem is set then.
  [[nodiscard]] bool spend(std::size_t work) {
    work_ += work;
    return work_ <= kMostWork || give_up("record expands without end");
  }

  [[nodiscard]] const ReadResult& result() const { return result_; }

 private:
  /// Steps plus bytes given out, per record. The largest record of 1,586
  /// public files is 56 KB.
  static constexpr std::size_t kMostWork = 8U << 20U;

  /// Compiled steps and text per chunk. Definitions that do not overlap stay
  /// far below it, since all of them fit into 64 KiB.
  static constexpr std::size_t kMostCompiled = 1U << 20U;

  /// Hints from a definition's offset to its entry.
  static constexpr std::size_t kHints = 256;

  struct Definition {
    std::uint32_t offset = 0;
    TemplateStore::Found found;
  };

  bool enter_fragment(std::size_t begin, std::size_t end, Place place);
  bool enter_instance_within(std::size_t at, std::size_t end);
  Frame& push(Template& shape, std::size_t count);
  Template* template_for(const Instance& instance, std::size_t end);
  std::size_t decode_ansi(std::span<Value> values);
  TemplateStore::Found definition(std::uint32_t offset);
  bool give_up(std::string_view problem);

  Bytes chunk_;
  NameTable names_;
  TemplateStore store_;
  std::vector<Definition> definitions_;  ///< of this chunk, by first use
  std::array<std::uint16_t, kHints> hints_{};
  std::size_t compiled_ = 0;  ///< work spent on them
  std::vector<Template*> proven_;
  TemplateLibrary* library_ = nullptr;
  std::optional<CodePage> code_page_;

  // The record being read.
  std::vector<Frame> frames_;
  std::vector<Value> values_;  ///< of all frames; only ever grows
  std::size_t values_used_ = 0;
  std::deque<std::string> decoded_;  ///< strings in place of AnsiStrings
  std::array<Template, kMostInstances> fragments_;  ///< by depth
  std::size_t work_ = 0;
  ReadResult result_;
};

}  // namespace deskfall::evtx
