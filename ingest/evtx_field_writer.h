// FieldWriter: where the values of an EVTX record's payload go - to the fields
// of its event, or straight into the text of a row:
//
//   {"TargetUserName":"bob","LogonType":"10"}
//
// Both hold the same; the row costs half as much as the event and then the
// row.
#pragma once

#include <string>
#include <string_view>

#include "ingest/event.h"
#include "ingest/evtx_event_plan.h"
#include "ingest/evtx_value.h"
#include "ingest/out_buffer.h"

namespace deskfall::evtx {

class FieldWriter {
 public:
  /// Fields go to the event from now on.
  void start(FieldList& fields) {
    fields_ = &fields;
    row_ = nullptr;
  }

  /// From now on they become the object `row`, which is empty.
  void start(OutBuffer& row) {
    row_ = &row;
    row.append("{");
  }

  /// Adds what a kField step of the plan makes of its value, or of its own
  /// constant text.
  void add(const FillPlan& plan, const FillStep& step, const Value& value);
  void add_constant(const FillPlan& plan, const FillStep& step);

  /// The object that fields go to, if they do.
  [[nodiscard]] OutBuffer* row() const { return row_; }

  /// Ends the object, if there is one.
  void finish();

 private:
  void add_one(const FillPlan& plan, const FillStep& step, const Value& value);
  void add_to_row(const FillPlan& plan, const FillStep& step,
                  const Value& value);

  FieldList* fields_ = nullptr;
  OutBuffer* row_ = nullptr;
  std::string scratch_;
};

}  // namespace deskfall::evtx
