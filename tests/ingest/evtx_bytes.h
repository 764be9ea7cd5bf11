// EvtxBytes: just enough to write EVTX chunks byte by byte in a test, right or
// wrong on purpose. Not a writer of logs; fixtures have their own.
//
//   EvtxBytes chunk;
//   chunk.begin_record(1, kNoon);
//   chunk.begin_template(0x11223344);
//   chunk.open("Event").close_start() ... .end().eof();
//   chunk.end_template({{0x01, utf16("x")}});
//   chunk.end_record();
//   const std::string file = evtx_file({chunk.finish()});
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/byte_source.h"
#include "ingest/event.h"
#include "ingest/evtx_crc.h"
#include "ingest/evtx_reader.h"
#include "ingest/parse_reporter.h"

namespace deskfall::evtx_test {

/// 2026-03-02T08:14:07.4123456Z
inline constexpr std::uint64_t kNoon = 134'169'128'474'123'456;

template <typename Number>
std::string number(Number value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

/// UTF-16LE of an ASCII text, without terminator.
inline std::string utf16(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c;
    out += '\0';
  }
  return out;
}

struct SlotValue {
  std::uint8_t type = 0;
  std::string bytes;
};

class EvtxBytes {
 public:
  EvtxBytes() : bytes_(512, '\0') {}

  // Records.
  EvtxBytes& begin_record(std::uint64_t id, std::uint64_t time) {
    record_ = bytes_.size();
    first_ = first_ == 0 ? id : first_;
    last_ = id;
    return raw("\x2a\x2a")
        .raw(std::string(2, '\0'))
        .put<std::uint32_t>(0)
        .put(id)
        .put(time);
  }
  EvtxBytes& end_record() {
    while (bytes_.size() % 8 != 4) {
      bytes_ += '\0';
    }
    const auto size = static_cast<std::uint32_t>(bytes_.size() + 4 - record_);
    patch(record_ + 4, size);
    return put(size);
  }

  // Tokens.
  EvtxBytes& fragment() { return raw(std::string("\x0f\x01\x01\x00", 4)); }
  EvtxBytes& eof() { return put<std::uint8_t>(0); }
  EvtxBytes& open(std::string_view name, bool attributes = false,
                  std::uint16_t dependency = 0xffff) {
    put<std::uint8_t>(attributes ? 0x41 : 0x01);
    if (with_dependency_) {
      put(dependency);
    }
    elements_.push_back(bytes_.size());
    put<std::uint32_t>(0);
    this->name(name);
    if (attributes) {
      attributes_ = bytes_.size();
      put<std::uint32_t>(0);
    }
    return *this;
  }
  EvtxBytes& attribute(std::string_view name) {
    return put<std::uint8_t>(0x06).name(name);
  }
  EvtxBytes& text(std::string_view text) {
    return put<std::uint8_t>(0x05).put<std::uint8_t>(0x01).counted(text);
  }
  EvtxBytes& cdata(std::string_view text) {
    return put<std::uint8_t>(0x07).counted(text);
  }
  EvtxBytes& char_ref(std::uint16_t code) {
    return put<std::uint8_t>(0x08).put(code);
  }
  EvtxBytes& entity(std::string_view name) {
    return put<std::uint8_t>(0x09).name(name);
  }
  EvtxBytes& instruction(std::string_view target, std::string_view data) {
    return put<std::uint8_t>(0x0a).name(target).put<std::uint8_t>(0x0b).counted(
        data);
  }
  EvtxBytes& slot(std::uint16_t slot, std::uint8_t type = 0x01) {
    return put<std::uint8_t>(0x0d).put(slot).put(type);
  }
  EvtxBytes& optional(std::uint16_t slot, std::uint8_t type = 0x01) {
    return put<std::uint8_t>(0x0e).put(slot).put(type);
  }
  EvtxBytes& close_start() {
    if (attributes_ != 0) {
      patch(attributes_,
            static_cast<std::uint32_t>(bytes_.size() - attributes_ - 4));
      attributes_ = 0;
    }
    return put<std::uint8_t>(0x02);
  }
  EvtxBytes& close_empty() {
    close_start();
    bytes_.back() = '\x03';
    return finish_element();
  }
  EvtxBytes& end() { return put<std::uint8_t>(0x04).finish_element(); }

  // Templates. The definition stands inside the first instance.
  EvtxBytes& begin_template(std::uint32_t id) {
    put<std::uint8_t>(0x0c).put<std::uint8_t>(0x01).put(id);
    definition_ = bytes_.size() + 4;
    put(static_cast<std::uint32_t>(definition_)).put<std::uint32_t>(0).put(id);
    return raw(std::string(12, '\x5a')).put<std::uint32_t>(0);
  }
  EvtxBytes& end_definition() {
    patch(definition_ + 20,
          static_cast<std::uint32_t>(bytes_.size() - definition_ - 24));
    return *this;
  }
  EvtxBytes& values(const std::vector<SlotValue>& values) {
    put(static_cast<std::uint32_t>(values.size()));
    for (const SlotValue& value : values) {
      put(static_cast<std::uint16_t>(value.bytes.size()))
          .put(value.type)
          .put<std::uint8_t>(0);
    }
    for (const SlotValue& value : values) {
      raw(value.bytes);
    }
    return *this;
  }
  EvtxBytes& instance(std::uint32_t id, std::size_t definition) {
    return put<std::uint8_t>(0x0c).put<std::uint8_t>(0x01).put(id).put(
        static_cast<std::uint32_t>(definition));
  }

  // The usual System part, all constants: provider, id 7, channel, computer.
  EvtxBytes& system(std::string_view provider, std::string_view event_id,
                    std::string_view channel) {
    open("System").close_start();
    open("Provider", true).attribute("Name").text(provider).close_empty();
    open("EventID").close_start().text(event_id).end();
    open("Channel").close_start().text(channel).end();
    open("Computer").close_start().text("host.example").end();
    return end();
  }

  // Anything.
  template <typename Number>
  EvtxBytes& put(Number value) {
    return raw(number(value));
  }
  EvtxBytes& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  EvtxBytes& counted(std::string_view text) {
    return put(static_cast<std::uint16_t>(text.size())).raw(utf16(text));
  }
  EvtxBytes& name(std::string_view name) {
    put(static_cast<std::uint32_t>(bytes_.size() + 4));
    std::uint32_t hash = 0;
    for (const char c : name) {
      hash = hash * 65599 + static_cast<unsigned char>(c);
    }
    put<std::uint32_t>(0).put(static_cast<std::uint16_t>(hash & 0xffff));
    return counted(name).put<std::uint16_t>(0);
  }
  template <typename Number>
  void patch(std::size_t at, Number value) {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::size_t record_at() const { return record_; }
  [[nodiscard]] std::size_t definition_at() const { return definition_; }
  [[nodiscard]] std::string bytes() const { return bytes_; }
  void without_dependency_ids() { with_dependency_ = false; }
  void with_dependency_ids() { with_dependency_ = true; }

  /// The chunk with its header, as long as what was written.
  [[nodiscard]] std::string finish_short() const {
    std::string out = bytes_;
    const auto put_at = [&out](std::size_t at, const std::string& value) {
      out.replace(at, value.size(), value);
    };
    put_at(0, std::string("ElfChnk\0", 8));
    put_at(8, number(first_) + number(last_) + number(first_) + number(last_));
    put_at(40, number<std::uint32_t>(128) +
                   number(static_cast<std::uint32_t>(record_)) +
                   number(static_cast<std::uint32_t>(out.size())));
    const auto crc = [&out](std::uint32_t seed, std::size_t at,
                            std::size_t size) {
      return evtx::crc32(seed,
                         as_bytes(std::string_view(out).substr(at, size)));
    };
    put_at(52, number(crc(0, 512, out.size() - 512)));
    put_at(124, number(crc(crc(0, 0, 120), 128, 384)));
    return out;
  }
  /// The same, filled up to a whole slot.
  [[nodiscard]] std::string finish() const {
    std::string out = finish_short();
    out.resize(65536, '\0');
    return out;
  }

 private:
  EvtxBytes& finish_element() {
    patch(elements_.back(),
          static_cast<std::uint32_t>(bytes_.size() - elements_.back() - 4));
    elements_.pop_back();
    return *this;
  }

  std::string bytes_;
  std::vector<std::size_t> elements_;
  std::size_t record_ = 512;
  std::size_t attributes_ = 0;
  std::size_t definition_ = 0;
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
  bool with_dependency_ = true;
};

inline std::string evtx_header(std::uint16_t chunks, std::uint32_t flags = 0) {
  std::string out(4096, '\0');
  out.replace(0, 8, std::string("ElfFile\0", 8));
  out.replace(32, 12,
              number<std::uint32_t>(128) + number<std::uint16_t>(1) +
                  number<std::uint16_t>(3) + number<std::uint16_t>(4096) +
                  number(chunks));
  out.replace(120, 4, number(flags));
  out.replace(
      124, 4,
      number(evtx::crc32(0, as_bytes(std::string_view(out).substr(0, 120)))));
  return out;
}

inline std::string evtx_file(const std::vector<std::string>& chunks,
                             std::uint32_t flags = 0) {
  std::string out =
      evtx_header(static_cast<std::uint16_t>(chunks.size()), flags);
  for (const std::string& chunk : chunks) {
    out += chunk;
  }
  return out;
}

/// Everything a read gave.
struct Log : EventSink {
  std::vector<Event> events;
  DamageLog damage;

  void on_event(const Event& event) override { events.push_back(event); }

  [[nodiscard]] std::int64_t accounted() const {
    return damage.accepted_bytes() + damage.slack_bytes() +
           damage.dropped_bytes();
  }
  [[nodiscard]] bool has_note(std::string_view part) const {
    for (const std::string& note : damage.notes()) {
      if (note.find(part) != std::string::npos) {
        return true;
      }
    }
    return false;
  }
};

inline Log read_log(std::string_view file) {
  Log log;
  const auto source = open_buffer(as_bytes(file));
  static_cast<void>(read_evtx(*source, log, log.damage));
  return log;
}

}  // namespace deskfall::evtx_test
