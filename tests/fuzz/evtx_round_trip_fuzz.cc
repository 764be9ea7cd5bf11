// Writer and reader of EVTX against each other: the input describes records,
// the fixture writer stores them, and the reader must give back every member
// and every field, in order.
#include <fmt/format.h>

#include <array>
#include <vector>

#include "fixtures/builder/evtx_chunk.h"
#include "fixtures/builder/evtx_writer.h"
#include "ingest/text.h"
#include "tests/fuzz/evtx_check.h"

namespace {

using namespace deskfall;
using fixtures::Field;
using fixtures::PayloadKind;
using fixtures::Record;
using fixtures::ValueKind;

constexpr int kMostDepth = 3;

/// Takes decisions from the input; zeros when it is used up.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  std::uint64_t number(int size) {
    std::uint64_t value = 0;
    for (int i = 0; i < size && !bytes_.empty(); ++i) {
      value = value << 8U | bytes_.front();
      bytes_ = bytes_.subspan(1);
    }
    return value;
  }
  std::size_t below(std::size_t count) { return number(1) % count; }

  /// Any characters but NUL, which ends a string in EVTX.
  std::string text() {
    std::string out;
    std::size_t left = below(16);
    if (left == 15) {
      left += number(2);  // now and then more than a chunk can hold
    }
    constexpr std::array<std::uint32_t, 8> kBase = {
        1, 0x20, 0x80, 0x500, 0x20a0, 0xe000, 0xffd0, 0x10000};
    const std::uint32_t base = kBase[below(kBase.size())];
    for (; left > 0; --left) {
      append_utf8(out, base + static_cast<std::uint32_t>(number(1) % 0x50));
    }
    return out;
  }
  std::string name() {
    std::string out;
    for (std::size_t left = 1 + below(6); left > 0; --left) {
      out += static_cast<char>('a' + below(26));
    }
    return out;
  }
  std::string guid() {
    std::string hex;
    for (int i = 0; i < 4; ++i) {
      hex += fmt::format("{:08X}", number(4));
    }
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4),
                       hex.substr(12, 4), hex.substr(16, 4), hex.substr(20));
  }
  std::string sid() {
    std::string out = fmt::format("S-1-{}", number(2));
    for (std::size_t left = 1 + below(15); left > 0; --left) {
      out += fmt::format("-{}", number(4));
    }
    return out;
  }
  std::string bytes() {
    std::string out;
    for (std::size_t left = below(20); left > 0; --left) {
      out += static_cast<char>(number(1));
    }
    return out;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

std::uint64_t choose_number(Choices& choices, ValueKind kind) {
  switch (kind) {
    case ValueKind::kBool:
      return choices.below(2);
    case ValueKind::kU8:
      return choices.number(1);
    case ValueKind::kU16:
      return choices.number(2);
    case ValueKind::kU32:
    case ValueKind::kI32:
    case ValueKind::kHex32:
      return choices.number(4);
    case ValueKind::kFiletime:
      return choices.number(7);  // 1970 to 2198
    default:
      return choices.number(8);
  }
}

/// `out` is how the value prints.
fixtures::Value choose_value(Choices& choices, std::string& out) {
  const auto kind = static_cast<ValueKind>(
      choices.below(static_cast<std::size_t>(ValueKind::kTextList)));
  switch (kind) {
    case ValueKind::kNull:
      out.clear();
      return {};
    case ValueKind::kText:
      out = choices.text();
      return fixtures::text_value(out);
    case ValueKind::kGuid: {
      const std::string guid = choices.guid();
      out = "{" + guid + "}";
      return fixtures::guid_value(guid);
    }
    case ValueKind::kSid:
      out = choices.sid();
      return fixtures::sid_value(out);
    case ValueKind::kBinary: {
      const std::string bytes = choices.bytes();
      out.clear();
      for (const char c : bytes) {
        out += fmt::format("{:02X}", static_cast<unsigned char>(c));
      }
      return fixtures::binary_value(bytes);
    }
    default:
      break;
  }
  const std::uint64_t number = choose_number(choices, kind);
  out = fmt::format("{}", number);
  if (kind == ValueKind::kBool) {
    out = number != 0 ? "true" : "false";
  } else if (kind == ValueKind::kHex32 || kind == ValueKind::kHex64) {
    out = fmt::format("0x{:x}", number);
  } else if (kind == ValueKind::kI32) {
    out = fmt::format(
        "{}", static_cast<std::int32_t>(static_cast<std::uint32_t>(number)));
  } else if (kind == ValueKind::kFiletime) {
    out = format_utc(Instant{static_cast<Ticks>(number)});
  }
  return fixtures::number_value(kind, number);
}

Field choose_data(Choices& choices, FieldList& expected) {
  Field field;
  if (choices.below(4) != 0) {
    field.name = choices.name();
  }
  const std::string name = field.name.empty() ? "Data" : field.name;
  if (choices.below(8) == 0) {
    std::vector<std::string> items;
    for (std::size_t left = choices.below(5); left > 0; --left) {
      items.push_back(choices.text());
      expected.add(name, items.back());
    }
    if (items.empty()) {
      expected.add(name, "");
    }
    field.value = fixtures::list_value(items);
    return field;
  }
  std::string text;
  field.value = choose_value(choices, text);
  expected.add(name, text);
  return field;
}

/// An element of UserData below `path`, flattened as evtx_event.h says.
Field choose_element(Choices& choices, const std::string& path, int depth,
                     FieldList& expected) {
  Field field;
  field.name = choices.name();
  const std::string here = path.empty() ? field.name : path + "/" + field.name;
  bool has_attributes = false;
  for (std::size_t left = choices.below(3); left > 0; --left) {
    Field attribute;
    std::string text;
    // Names of attributes differ, as XML wants it.
    attribute.name = fmt::format("@{}{}", choices.name(), left);
    attribute.value = choose_value(choices, text);
    if (attribute.value.kind != ValueKind::kNull) {
      expected.add(fmt::format("{}/{}", here, attribute.name), text);
      has_attributes = true;
    }
    field.children.push_back(std::move(attribute));
  }
  const std::size_t attributes = field.children.size();
  std::string text;
  field.value = choose_value(choices, text);
  if (depth < kMostDepth) {
    for (std::size_t left = choices.below(3); left > 0; --left) {
      field.children.push_back(
          choose_element(choices, here, depth + 1, expected));
    }
  }
  const bool has_children = field.children.size() > attributes;
  if (!text.empty() || !(has_children || has_attributes)) {
    expected.add(here, text);
  }
  return field;
}

Record choose_record(Choices& choices, FieldList& expected) {
  Record record;
  record.provider = choices.text();
  record.event_id = static_cast<std::uint16_t>(choices.number(2));
  if (choices.below(2) != 0) {
    record.provider_guid = choices.guid();
    record.qualifiers = static_cast<std::uint16_t>(choices.number(2));
  }
  record.level = static_cast<std::uint8_t>(choices.number(1));
  record.keywords = choices.number(8);
  record.time = Instant{static_cast<Ticks>(choices.number(7))};
  record.record_id = choices.number(8);
  record.process_id = static_cast<std::uint32_t>(choices.number(4));
  record.thread_id = static_cast<std::uint32_t>(choices.number(4));
  if (choices.below(2) != 0) {
    record.activity_id = choices.guid();
    record.user_sid = choices.sid();
  }
  record.channel = choices.text();
  record.computer = choices.name();
  if (choices.below(3) == 0) {
    record.payload.kind = PayloadKind::kUserData;
    record.payload.element = choices.name();
    record.payload.name_space = choices.name();
    for (std::size_t left = choices.below(4); left > 0; --left) {
      record.payload.fields.push_back(choose_element(choices, "", 1, expected));
    }
    return record;
  }
  for (std::size_t left = choices.below(6); left > 0; --left) {
    record.payload.fields.push_back(choose_data(choices, expected));
  }
  if (choices.below(8) == 0) {
    record.payload.binary = choices.bytes();
    std::string hex;
    for (const char c : *record.payload.binary) {
      hex += fmt::format("{:02X}", static_cast<unsigned char>(c));
    }
    expected.add("Binary", hex);
  }
  return record;
}

struct Kept : EventSink {
  std::vector<Event> events;
  void on_event(const Event& event) override { events.push_back(event); }
};

void require_same(const Event& event, const Record& record,
                  const FieldList& fields) {
  fuzz::require(!event.recovered);
  fuzz::require(event.provider == record.provider);
  fuzz::require(event.event_id == record.event_id);
  fuzz::require(event.level == record.level);
  fuzz::require(event.time == record.time);
  fuzz::require(event.record_id == record.record_id);
  fuzz::require(event.activity_id == record.activity_id);
  fuzz::require(event.process_id == record.process_id);
  fuzz::require(event.thread_id == record.thread_id);
  fuzz::require(event.channel == record.channel);
  fuzz::require(event.host == record.computer);
  fuzz::require(event.user_sid == record.user_sid);
  fuzz::require(event.fields.to_json() == fields.to_json());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  Choices choices({data, size});
  std::vector<Record> records;
  std::vector<FieldList> fields;
  while (!choices.empty() && records.size() < 64) {
    records.push_back(choose_record(choices, fields.emplace_back()));
  }
  const std::vector<std::byte> log = fixtures::write_evtx(records);
  Kept kept;
  DamageLog damage;
  fuzz::require(read_evtx(*open_buffer(log), kept, damage).has_value());
  fuzz::require(damage.dropped_bytes() == 0);
  std::size_t next = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!fixtures::EvtxChunk().add(records[i], 1)) {
      continue;  // more than a chunk can hold: left out by the writer
    }
    fuzz::require(next < kept.events.size());
    require_same(kept.events[next++], records[i], fields[i]);
  }
  fuzz::require(next == kept.events.size());
  fuzz::check_evtx(log);
  return 0;
}
