#include "ingest/evtx_template.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "ingest/evtx_escape.h"
#include "ingest/evtx_value.h"
#include "ingest/text.h"

namespace deskfall::evtx {

namespace {

constexpr std::size_t kInstanceHeaderSize = 10;
constexpr std::size_t kDescriptorSize = 4;
constexpr std::uint8_t kLengthSize = 4;

/// UTF-8 of one fragment. A chunk of 64 KiB holds less, unless one name is
/// used over and over to make it swell.
constexpr std::size_t kMostText = 256U << 10U;

std::string_view entity_text(std::string_view name) {
  if (name == "amp") {
    return "&";
  }
  if (name == "lt") {
    return "<";
  }
  if (name == "gt") {
    return ">";
  }
  if (name == "quot") {
    return "\"";
  }
  return name == "apos" ? "'" : "";
}

/// One pass over the tokens of one fragment.
class Compiler {
 public:
  Compiler(NameTable& names, std::size_t begin, std::size_t end, Place place,
           Template& out)
      : names_(names),
        chunk_(names.chunk()),
        begin_(begin),
        at_(begin),
        end_(end),
        with_dependency_(place != Place::kValue),
        is_definition_(place == Place::kDefinition),
        out_(out) {}

  Compiled run() {
    bool more = true;
    while (more && problem_.empty()) {
      more = at_ < end_ && token();
      if (out_.text.size() + out_.raw_names.size() > kMostText) {
        problem_ = "names and texts overlap";
      }
    }
    if (problem_.empty() && !open_.empty()) {
      problem_ = "element without end";
    }
    return {problem_, at_};
  }

 private:
  struct OpenElement {
    std::uint32_t step = 0;
    std::uint32_t content = 0;  ///< first step behind the start tag
  };

  bool give_up(std::string_view problem) {
    problem_ = problem;
    return false;
  }

  /// False at the end of the fragment and on a problem.
  bool token() {
    const auto byte = std::to_integer<std::uint8_t>(chunk_[at_]);
    switch (static_cast<Token>(byte & ~kMoreFollows)) {
      case Token::kEnd:
        ++at_;
        return false;
      case Token::kOpenElement:
        return open_element();
      case Token::kCloseStart:
        ++at_;
        return close_start();
      case Token::kCloseEmpty:
        ++at_;
        return close_start() && close_element();
      case Token::kEndElement:
        ++at_;
        return close_element();
      case Token::kValue:
        return value();
      case Token::kAttribute:
        return attribute();
      case Token::kCData:
        return text(StepKind::kCData, 1);
      case Token::kCharRef:
        return char_ref();
      case Token::kEntityRef:
        return entity_ref();
      case Token::kPiTarget:
        return pi_target();
      case Token::kPiData:
        return text(StepKind::kInstruction, 1);
      case Token::kTemplateInstance:
        return instance();
      case Token::kSubstitution:
        return slot(StepKind::kSlot);
      case Token::kOptionalSubstitution:
        return slot(StepKind::kOptionalSlot);
      case Token::kFragment:
        at_ += 4;
        return at_ <= end_ || give_up("fragment header cut short");
    }
    return give_up("unknown BinXML token");
  }

  Step& add(StepKind kind) {
    Step step;
    step.kind = kind;
    step.at = static_cast<std::uint32_t>(out_.text.size());
    out_.steps.push_back(step);
    return out_.steps.back();
  }

  [[nodiscard]] std::uint32_t count() const {
    return static_cast<std::uint32_t>(out_.steps.size());
  }

  /// Whether an element head with or without dependency id makes sense here:
  /// its length fits and its name carries the right hash.
  [[nodiscard]] bool head_fits(bool with_dependency) {
    const std::size_t size_at = at_ + 1 + (with_dependency ? 2 : 0);
    if (!has(chunk_.first(end_), size_at, 8)) {
      return false;
    }
    const std::size_t size = load<std::uint32_t>(chunk_, size_at);
    const Name* name = names_.at(load<std::uint32_t>(chunk_, size_at + 4));
    return size <= end_ - size_at - 4 && name != nullptr && name->hash_fits;
  }

  bool open_element() {
    if (in_start_tag_) {
      return give_up("element inside a start tag");
    }
    if (open_.size() >= kMostElements) {
      return give_up("elements nested too deeply");
    }
    if (!head_fits(with_dependency_) && head_fits(!with_dependency_)) {
      with_dependency_ = !with_dependency_;
    }
    const bool more =
        (std::to_integer<std::uint8_t>(chunk_[at_]) & kMoreFollows) != 0;
    ++at_;
    std::uint16_t dependency = kNoDependency;
    if (with_dependency_) {
      if (!has(chunk_.first(end_), at_, 2)) {
        return give_up("element cut short");
      }
      dependency = load<std::uint16_t>(chunk_, at_);
      at_ += 2;
    }
    at_ += kLengthSize;  // of the element; its tokens tell the same
    Step& step = add(StepKind::kOpen);
    step.slot = dependency;
    if (!name(step, kLengthSize)) {
      return false;
    }
    if (open_.empty() && step.noun == Noun::kEvent) {
      // Real templates make the whole <Event> depend on its payload. A record
      // without payload is still one.
      step.slot = kNoDependency;
    }
    open_.push_back({count() - 1, 0});
    in_start_tag_ = true;
    if (more) {
      at_ += kLengthSize;  // of the attribute list
      if (is_definition_) {
        out_.names.back().after = kLengthSize;
        out_.last_run = static_cast<std::uint32_t>(at_ - begin_);
      }
    }
    return at_ <= end_ || give_up("element cut short");
  }

  /// Reads the name offset at the cursor, and the name itself where it stands
  /// right behind it.
  bool name(Step& step, std::uint8_t length_before = 0) {
    if (!has(chunk_.first(end_), at_, 4)) {
      return give_up("name cut short");
    }
    const std::size_t offset = load<std::uint32_t>(chunk_, at_);
    const std::size_t field = at_;
    at_ += 4;
    const Name* name = names_.at(offset);
    if (name == nullptr) {
      return give_up("name lost");
    }
    if (!name->hash_fits) {
      return give_up("name was overwritten");
    }
    if (offset == at_) {
      at_ = name->end;
      if (at_ > end_) {
        return give_up("name cut short");
      }
    }
    if (is_definition_) {
      remember(field, *name, length_before);
    }
    step.at = static_cast<std::uint32_t>(out_.text.size());
    step.size = static_cast<std::uint32_t>(name->text.size());
    step.noun = name->noun;
    out_.text += name->text;
    return true;
  }

  /// Notes a name for TemplateStore. The cursor stands behind it.
  void remember(std::size_t field, const Name& name, std::uint8_t before) {
    NameRef ref;
    ref.run_begin = out_.last_run;
    ref.run_end = static_cast<std::uint32_t>(field - begin_) - before;
    ref.before = before;
    ref.at = static_cast<std::uint32_t>(out_.raw_names.size());
    ref.size = static_cast<std::uint32_t>(name.raw.size());
    out_.names.push_back(ref);
    out_.last_run = static_cast<std::uint32_t>(at_ - begin_);
    out_.raw_names.append(reinterpret_cast<const char*>(name.raw.data()),
                          name.raw.size());
  }

  void end_attribute() {
    if (attribute_ != kNone) {
      out_.steps[attribute_].end = count();
      attribute_ = kNone;
    }
  }

  bool attribute() {
    if (!in_start_tag_) {
      return give_up("attribute outside a start tag");
    }
    end_attribute();
    ++at_;
    attribute_ = count();
    return name(add(StepKind::kAttribute));
  }

  bool close_start() {
    if (!in_start_tag_) {
      return give_up("end of a start tag outside of one");
    }
    end_attribute();
    in_start_tag_ = false;
    open_.back().content = count();
    return true;
  }

  bool close_element() {
    if (in_start_tag_ || open_.empty()) {
      return give_up("end of an element outside of one");
    }
    const OpenElement element = open_.back();
    open_.pop_back();
    Step& open = out_.steps[element.step];
    open.end = count();
    if (count() == element.content + 1) {
      const Step& only = out_.steps[element.content];
      if (only.kind == StepKind::kSlot ||
          only.kind == StepKind::kOptionalSlot) {
        open.only_slot = only.slot;
      }
    }
    const std::uint32_t at = open.at;
    const std::uint32_t size = open.size;
    const Noun noun = open.noun;
    Step& close = add(StepKind::kClose);
    close.at = at;
    close.size = size;
    close.noun = noun;
    return true;
  }

  /// Content may stand in an element or an attribute, not between attributes.
  bool content_allowed() {
    if (open_.empty() || (in_start_tag_ && attribute_ == kNone)) {
      return give_up("content outside an element");
    }
    return true;
  }

  /// Characters with their count in front, `head` bytes behind the cursor.
  bool text(StepKind kind, std::size_t head) {
    if (!content_allowed()) {
      return false;
    }
    if (!has(chunk_.first(end_), at_, head + 2)) {
      return give_up("text cut short");
    }
    at_ += head;
    const std::size_t size = 2 * std::size_t{load<std::uint16_t>(chunk_, at_)};
    at_ += 2;
    if (!has(chunk_.first(end_), at_, size)) {
      return give_up("text cut short");
    }
    if (kind == StepKind::kInstruction) {
      // Data belongs to the target in front of it.
      if (out_.steps.back().kind != StepKind::kInstruction) {
        return give_up("instruction data without target");
      }
      out_.text += ' ';
    } else {
      add(kind);
    }
    append_utf16(out_.text, chunk_.subspan(at_, size));
    return finish_text(size);
  }

  bool finish_text(std::size_t skip) {
    Step& step = out_.steps.back();
    step.size = static_cast<std::uint32_t>(out_.text.size()) - step.at;
    at_ += skip;
    return true;
  }

  bool value() {
    if (!has(chunk_.first(end_), at_, 2)) {
      return give_up("value cut short");
    }
    const auto type = static_cast<ValueType>(chunk_[at_ + 1]);
    if (type == ValueType::kString) {
      return text(StepKind::kText, 2);
    }
    if (type == ValueType::kNull && content_allowed()) {
      at_ += 2;
      return true;
    }
    return give_up("literal value that is no string");
  }

  bool char_ref() {
    if (!content_allowed()) {
      return false;
    }
    if (!has(chunk_.first(end_), at_, 3)) {
      return give_up("character reference cut short");
    }
    add(StepKind::kText);
    append_utf8(out_.text, load<std::uint16_t>(chunk_, at_ + 1));
    return finish_text(3);
  }

  bool entity_ref() {
    if (!content_allowed()) {
      return false;
    }
    ++at_;
    Step& step = add(StepKind::kText);
    if (!name(step)) {
      return false;
    }
    step.noun = Noun::kOther;
    const std::string_view known = entity_text(out_.name(step));
    if (!known.empty()) {
      out_.text.resize(step.at);
      out_.text += known;
    } else {  // not one of XML's five: shown as it was written
      out_.text.insert(step.at, "&");
      out_.text += ';';
    }
    return finish_text(0);
  }

  bool pi_target() {
    if (open_.empty() || in_start_tag_) {
      return give_up("instruction outside an element");
    }
    ++at_;
    return name(add(StepKind::kInstruction));
  }

  bool slot(StepKind kind) {
    if (!content_allowed()) {
      return false;
    }
    if (!has(chunk_.first(end_), at_, 4)) {
      return give_up("substitution cut short");
    }
    // Steps without a slot say so with this number, and no record has as many
    // values: their descriptors alone would take four chunks.
    if (load<std::uint16_t>(chunk_, at_ + 1) == kNoSlot) {
      return give_up("substitution of a value that cannot be");
    }
    Step& step = add(kind);
    step.slot = load<std::uint16_t>(chunk_, at_ + 1);
    const auto type = load<std::uint8_t>(chunk_, at_ + 3);
    step.holds_binxml = type == static_cast<std::uint8_t>(ValueType::kBinXml);
    declare(step.slot, type);
    at_ += 4;
    return true;
  }

  void declare(std::uint16_t slot, std::uint8_t type) {
    if (slot >= out_.types.size()) {
      out_.types.resize(std::size_t{slot} + 1, kUndeclared);
    }
    std::uint8_t& declared = out_.types[slot];
    declared = declared == kUndeclared || declared == type ? type : kAnyType;
  }

  bool instance() {
    const auto instance_end = end_of_instance(chunk_, at_, end_);
    if (!instance_end || in_start_tag_) {
      return give_up("template instance cut short");
    }
    out_.chunk_bound = true;
    add(StepKind::kInstance).at = static_cast<std::uint32_t>(at_);
    at_ = *instance_end;
    return true;
  }

  static constexpr std::uint32_t kNone =
      std::numeric_limits<std::uint32_t>::max();

  NameTable& names_;
  Bytes chunk_;
  std::size_t begin_;
  std::size_t at_;
  std::size_t end_;
  bool with_dependency_;
  bool is_definition_;
  Template& out_;
  std::vector<OpenElement> open_;
  std::uint32_t attribute_ = kNone;
  bool in_start_tag_ = false;
  std::string_view problem_;
};

}  // namespace

void Template::clear() {
  steps.clear();
  text.clear();
  guid = {};
  types.clear();
  reach = 0;
  chunk_bound = false;
  proven = false;
  names.clear();
  raw_names.clear();
  last_run = 0;
  is_definition = false;
  plan.clear();
  for (FillPlan& fill : fill_plans) {
    fill.clear();
  }
}

Compiled compile(NameTable& names, std::size_t begin, std::size_t end,
                 Place place, Template& out) {
  out.clear();
  if (end > names.chunk().size() || begin > end) {
    return {"fragment outside the chunk", begin};
  }
  const Compiled compiled = Compiler(names, begin, end, place, out).run();
  for (const Step& step : out.steps) {
    if (step.slot != kNoSlot) {
      out.reach = std::max(out.reach, std::size_t{step.slot} + 1);
    }
  }
  return compiled;
}

std::optional<Instance> read_instance_head(Bytes chunk, std::size_t at,
                                           std::size_t end) {
  const Bytes bytes = chunk.first(std::min(end, chunk.size()));
  if (!has(bytes, at, kInstanceHeaderSize)) {
    return std::nullopt;
  }
  Instance found;
  found.id = load<std::uint32_t>(bytes, at + 2);
  found.definition = load<std::uint32_t>(bytes, at + 6);
  at += kInstanceHeaderSize;
  if (found.definition == at) {  // the definition stands right here
    if (!has(bytes, at, kDefinitionHeaderSize)) {
      return std::nullopt;
    }
    const std::size_t size = load<std::uint32_t>(bytes, at + kDefinitionSizeAt);
    at += kDefinitionHeaderSize;
    if (!has(bytes, at, size)) {
      return std::nullopt;
    }
    at += size;
  }
  if (!has(bytes, at, 4)) {
    return std::nullopt;
  }
  found.count = load<std::uint32_t>(bytes, at);
  found.descriptors = at + 4;
  if (found.count > (bytes.size() - found.descriptors) / kDescriptorSize) {
    return std::nullopt;
  }
  found.values = found.descriptors + found.count * kDescriptorSize;
  return found;
}

ValuesRead read_values(Bytes chunk, const Instance& instance, std::size_t end,
                       std::span<const std::uint8_t> types, Value* values) {
  const std::byte* data = chunk.data() + instance.values;
  const std::byte* descriptor = chunk.data() + instance.descriptors;
  std::size_t left = std::min(end, chunk.size()) - instance.values;
  unsigned odd = 0;
  for (std::size_t i = 0; i < instance.count; ++i) {
    Value& value = values[i];
    value.data = data;
    std::memcpy(&value.size, descriptor, sizeof value.size);
    value.type = std::to_integer<std::uint8_t>(descriptor[2]);
    if (value.size > left) {
      return {};
    }
    left -= value.size;
    data += value.size;
    descriptor += kDescriptorSize;
    if (i < types.size()) {
      odd |= static_cast<unsigned>(value.type != types[i]) &
             static_cast<unsigned>(value.type != 0);
    }
  }
  return {static_cast<std::size_t>(data - chunk.data()), odd != 0};
}

std::optional<std::size_t> end_of_instance(Bytes chunk, std::size_t at,
                                           std::size_t end) {
  const auto found = read_instance_head(chunk, at, end);
  if (!found) {
    return std::nullopt;
  }
  std::vector<Value> values(found->count);
  const ValuesRead read = read_values(chunk, *found, end, {}, values.data());
  return read.end == 0 ? std::nullopt : std::optional(read.end);
}

Compiled compile_definition(NameTable& names, std::size_t at, Template& out) {
  const Bytes chunk = names.chunk();
  out.clear();
  if (!has(chunk, at, kDefinitionHeaderSize)) {
    return {"template definition outside the chunk", at};
  }
  const std::size_t begin = at + kDefinitionHeaderSize;
  const std::size_t size = load<std::uint32_t>(chunk, at + kDefinitionSizeAt);
  if (!has(chunk, begin, size)) {
    return {"template definition cut short", at};
  }
  const Compiled result =
      compile(names, begin, begin + size, Place::kDefinition, out);
  out.is_definition = true;
  std::copy_n(
      chunk.begin() + static_cast<std::ptrdiff_t>(at) + kDefinitionGuidAt,
      out.guid.size(), out.guid.begin());
  return result;
}

}  // namespace deskfall::evtx
