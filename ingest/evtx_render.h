// RecordRenderer: whole EVTX records as XML or JSON text, fast.
//
// It fills the plans of evtx_plan.h with the values of a record. The text is
// what Windows shows (EvtRender): every element and attribute in its place,
// GUIDs in braces, times with seven digits; nothing is left out.
#pragma once

#include <string>
#include <vector>

#include "ingest/evtx_instances.h"
#include "ingest/out_buffer.h"

namespace deskfall::evtx {

enum class RecordStyle : std::uint8_t { kXml, kJson };

class RecordRenderer {
 public:
  explicit RecordRenderer(RecordStyle style) : style_(style) {}

  /// Appends the record's root element: `<Event ...>...</Event>`, or the
  /// member `"Event":{...}`. On a problem `out` is as it was before.
  ReadResult render(InstanceStack& stack, std::size_t begin, std::size_t end,
                    OutBuffer& out);

 private:
  template <RecordStyle kStyle>
  void run(InstanceStack& stack, OutBuffer& out);
  template <RecordStyle kStyle>
  bool fill(InstanceStack& stack, Frame& frame, const RenderPlan& plan,
            OutBuffer& out);
  template <RecordStyle kStyle>
  char* close(const Piece& piece, OutBuffer& out, char* at);
  template <RecordStyle kStyle>
  void resume(Frame& frame, const RenderPlan& plan, OutBuffer& out);
  template <RecordStyle kStyle>
  bool items(InstanceStack& stack, const Piece& piece, const RenderPlan& plan,
             const Value& value, OutBuffer& out);
  template <RecordStyle kStyle>
  void odd_value(const Value& value, const Piece& piece, OutBuffer& out);

  std::size_t take_mark() {
    const std::size_t mark = marks_.back();
    marks_.pop_back();
    return mark;
  }

  RecordStyle style_;
  std::vector<std::size_t> marks_;  ///< where contents begin that are open
  std::string scratch_;
};

}  // namespace deskfall::evtx
