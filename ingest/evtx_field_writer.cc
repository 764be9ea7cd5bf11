#include "ingest/evtx_field_writer.h"

#include <algorithm>

#include "ingest/evtx_digits.h"
#include "ingest/evtx_escape.h"

namespace deskfall::evtx {

namespace {

/// Writes the value as JSON, without quotes, where that needs no detour;
/// otherwise null. `out` has room_for() it.
char* write_json(char* out, const Value& value) {
  if (value.is(ValueType::kString)) {
    return write_utf16<Escape::kJson>(out, trim_nuls(value.bytes(), 2));
  }
  if (value.is(ValueType::kAnsiString)) {
    return write_ansi(out, trim_nuls(value.bytes(), 1), Escape::kJson);
  }
  return (value.type & kArrayFlag) == 0 ? write_short(out, value) : nullptr;
}

std::size_t room_for(const Value& value) {
  return kMostShortText + 6 * std::size_t{value.size} + 32;
}

}  // namespace

void FieldWriter::add(const FillPlan& plan, const FillStep& step,
                      const Value& value) {
  if (value.is_null() && step.optional) {
    return;
  }
  if (!value.is_string_array() || step.in_attribute) {
    add_one(plan, step, value);
    return;
  }
  Value rest = value;
  do {
    add_one(plan, step, take_item(rest));
  } while (rest.size > 0);
}

void FieldWriter::add_one(const FillPlan& plan, const FillStep& step,
                          const Value& value) {
  if (row_ != nullptr) {
    add_to_row(plan, step, value);
  } else if (!step.drop_empty) {
    append_text(fields_->begin_value(plan.view(step.name)), value);
    fields_->end_value();
  } else {
    scratch_.clear();
    append_text(scratch_, value);
    if (!scratch_.empty()) {
      fields_->add(plan.view(step.name), scratch_);
    }
  }
}

void FieldWriter::add_to_row(const FillPlan& plan, const FillStep& step,
                             const Value& value) {
  const std::string_view name = plan.view(step.row_name);
  char* out = row_->ensure(name.size() + room_for(value));
  out = std::copy(name.begin(), name.end(), out);
  *out++ = '"';
  const char* begin = out;
  if (char* end = write_json(out, value)) {
    if (end == begin && step.drop_empty) {
      return;
    }
    *end++ = '"';
    *end++ = ',';
    row_->set_end(end);
    return;
  }
  scratch_.clear();
  append_text(scratch_, value);
  if (scratch_.empty() && step.drop_empty) {
    return;
  }
  std::string quoted;
  append_json_string(quoted, scratch_);
  row_->append(name);
  row_->append(quoted);
  row_->append(",");
}

void FieldWriter::add_constant(const FillPlan& plan, const FillStep& step) {
  if (row_ == nullptr) {
    fields_->add(plan.view(step.name), plan.view(step.text));
    return;
  }
  scratch_.clear();
  append_json_string(scratch_, plan.view(step.text));
  row_->append(plan.view(step.row_name));
  row_->append(scratch_);
  row_->append(",");
}

void FieldWriter::finish() {
  if (row_ == nullptr) {
    return;
  }
  if (row_->back() == ',') {
    row_->truncate(row_->size() - 1);
  }
  row_->append("}");
}

}  // namespace deskfall::evtx
