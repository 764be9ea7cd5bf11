// RecordRenderer: whole EVTX records as XML or JSON text, fast.
//
// It fills the plans of evtx_plan.h with the values of a record. The text is
// what Windows shows (EvtRender): every element and attribute in its place,
// GUIDs in braces, times with seven digits; nothing is left out.
#pragma once

#include <string>
#include <vector>

#include "ingest/evtx_instances.h"
#include "ingest/evtx_out_buffer.h"

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
  bool run_plain(InstanceStack& stack, Frame& frame, OutBuffer& out);
  template <RecordStyle kStyle>
  bool piece(InstanceStack& stack, Frame& frame, const Piece& piece,
             OutBuffer& out);
  template <RecordStyle kStyle>
  bool element(InstanceStack& stack, Frame& frame, const Piece& piece,
               const Value& value, OutBuffer& out);
  template <RecordStyle kStyle>
  void finish_marked(const Piece& piece, const std::string& text,
                     OutBuffer& out);
  template <RecordStyle kStyle>
  void text_value(const Value& value, bool in_attribute, OutBuffer& out);
  template <RecordStyle kStyle>
  void member_value(const Value& value, OutBuffer& out);

  RecordStyle style_;
  /// An element begun with kOpen: where its tag begins and its content.
  struct Mark {
    std::size_t tag = 0;
    std::size_t content = 0;
  };

  void open_marked(const Piece& piece, const std::string& text, OutBuffer& out);

  std::vector<Mark> marks_;
  std::string scratch_;
};

}  // namespace deskfall::evtx
