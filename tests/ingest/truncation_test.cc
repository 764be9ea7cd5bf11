// Cutting a log anywhere loses no record that lay wholly before the cut: for
// every kind of file that the fixtures can write.
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "fixtures/builder/event_xml_writer.h"
#include "fixtures/builder/evtx_writer.h"
#include "ingest/event_xml.h"
#include "ingest/evtx_format.h"
#include "tests/ingest/evtx_bytes.h"

using namespace deskfall;
using namespace deskfall::evtx_test;
using fixtures::Record;

namespace {

using Reader =
    std::function<Result<void>(ByteSource&, EventSink&, ParseReporter&)>;

Result<void> read_as_evtx(ByteSource& source, EventSink& sink,
                          ParseReporter& reporter) {
  return read_evtx(source, sink, reporter);
}

std::vector<Record> make_records(int count) {
  std::vector<Record> records;
  for (int i = 1; i <= count; ++i) {
    Record record;
    record.provider = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS";
    record.provider_guid = "1139C61B-B549-4251-8ED3-27250A1EDEC8";
    record.event_id = static_cast<std::uint16_t>(i % 3 == 0 ? 140 : 131);
    record.time = *parse_iso8601("2026-03-02T08:14:07Z") + i * kTicksPerSecond;
    record.record_id = static_cast<std::uint64_t>(i);
    record.channel = "Example/Operational";
    record.computer = "SRV01.corp.example";
    record.payload.fields = {
        {"ConnType", fixtures::text_value("TCP"), {}},
        {i % 5 == 0 ? "IPString" : "ClientIP",
         fixtures::text_value("192.0.2." + std::to_string(i % 250)),
         {}},
        {"Number",
         fixtures::number_value(fixtures::ValueKind::kU32,
                                static_cast<std::uint64_t>(i)),
         {}}};
    records.push_back(record);
  }
  return records;
}

struct Kept : EventSink {
  std::vector<Event> events;
  DamageLog damage;
  void on_event(const Event& event) override { events.push_back(event); }
};

Kept read_cut(const Reader& reader, std::string_view file, std::size_t cut) {
  Kept kept;
  static_cast<void>(
      reader(*open_buffer(as_bytes(file.substr(0, cut))), kept, kept.damage));
  return kept;
}

std::string text_of(const Event& event) {
  return event.provider + "|" + std::to_string(event.event_id) + "|" +
         std::to_string(event.record_id) + "|" + format_utc(event.time) + "|" +
         event.channel + "|" + event.host + "|" + event.fields.to_json();
}

/// `ends` are the places behind each record, in order.
void check_cuts(const Reader& reader, const std::string& file,
                const std::vector<std::size_t>& ends,
                const std::vector<std::size_t>& cuts) {
  const Kept whole = read_cut(reader, file, file.size());
  REQUIRE(whole.events.size() == ends.size());
  std::size_t lost = 0;
  std::size_t changed = 0;
  std::size_t uncounted = 0;
  for (const std::size_t cut : cuts) {
    const Kept kept = read_cut(reader, file, cut);
    const auto before = static_cast<std::size_t>(
        std::upper_bound(ends.begin(), ends.end(), cut) - ends.begin());
    lost += kept.events.size() < before ? 1U : 0U;
    for (std::size_t i = 0; i < std::min(before, kept.events.size()); ++i) {
      changed += text_of(kept.events[i]) == text_of(whole.events[i]) ? 0U : 1U;
    }
    const std::int64_t counted = kept.damage.accepted_bytes() +
                                 kept.damage.slack_bytes() +
                                 kept.damage.dropped_bytes();
    uncounted += counted == static_cast<std::int64_t>(cut) ? 0U : 1U;
  }
  CHECK(lost == 0);
  CHECK(changed == 0);
  CHECK(uncounted == 0);
}

std::string as_text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Places behind each record, found by magic and size alone.
std::vector<std::size_t> evtx_ends(const std::string& file) {
  std::vector<std::size_t> ends;
  const auto u32 = [&file](std::size_t at) {
    return evtx::load<std::uint32_t>(as_bytes(file), at);
  };
  for (std::size_t chunk = 4096; chunk + 512 < file.size(); chunk += 65536) {
    std::size_t at = chunk + 512;
    while (at + 28 <= file.size() && u32(at) == 0x2a2a) {
      at += u32(at + 4);
      ends.push_back(at);
    }
  }
  return ends;
}

}  // namespace

TEST_CASE("a small EVTX log may be cut at any byte") {
  const std::string file = as_text(fixtures::write_evtx(make_records(8)));
  const std::vector<std::size_t> ends = evtx_ends(file);
  REQUIRE(ends.size() == 8);
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 0; cut < ends.back() + 64; ++cut) {
    // The header block in steps: nothing in it decides.
    if (cut > 4000 || cut < 200 || cut % 97 == 0) {
      cuts.push_back(cut);
    }
  }
  for (std::size_t cut = ends.back(); cut <= file.size(); cut += 509) {
    cuts.push_back(cut);
  }
  check_cuts(read_as_evtx, file, ends, cuts);
}

TEST_CASE("a long EVTX log may be cut at and around every record") {
  const std::string file = as_text(fixtures::write_evtx(make_records(600)));
  const std::vector<std::size_t> ends = evtx_ends(file);
  REQUIRE(ends.size() == 600);
  REQUIRE(file.size() > 4096 + 2 * 65536);
  std::vector<std::size_t> cuts;
  for (std::size_t i = 0; i < ends.size(); i += i % 100 < 4 ? 1 : 12) {
    cuts.insert(cuts.end(), {ends[i] - 1, ends[i], ends[i] + 1});
  }
  for (std::size_t cut = 1; cut < file.size(); cut += 4099) {
    cuts.push_back(cut);
  }
  for (std::size_t border = 4096; border <= file.size(); border += 65536) {
    for (const std::size_t near : {0U, 1U, 2U, 3U}) {
      cuts.push_back(border - near);
      cuts.push_back(std::min(border + near, file.size()));
    }
    cuts.push_back(std::min(border + 511, file.size()));
    cuts.push_back(std::min(border + 513, file.size()));
  }
  check_cuts(read_as_evtx, file, ends, cuts);
}

TEST_CASE("exported event XML may be cut at any byte") {
  using fixtures::Encoding;
  using fixtures::XmlShape;
  for (const XmlShape shape : {XmlShape::kWevtutil, XmlShape::kEventViewer,
                               XmlShape::kToXml, XmlShape::kOld}) {
    for (const Encoding encoding : {Encoding::kUtf8, Encoding::kUtf16}) {
      INFO("shape " << static_cast<int>(shape) << ", encoding "
                    << static_cast<int>(encoding));
      const std::string file =
          as_text(fixtures::write_event_xml(make_records(3), shape, encoding));
      const std::string end =
          encoding == Encoding::kUtf8 ? "</Event>" : utf16("</Event>");
      std::vector<std::size_t> ends;
      for (std::size_t at = file.find(end); at != std::string::npos;
           at = file.find(end, at + 1)) {
        ends.push_back(at + end.size());
      }
      REQUIRE(ends.size() == 3);
      std::vector<std::size_t> cuts;
      for (std::size_t cut = 0; cut <= file.size(); cut += 3) {
        cuts.push_back(cut);
      }
      for (const std::size_t at : ends) {
        cuts.insert(cuts.end(), {at - 2, at - 1, at, at + 1, at + 2});
      }
      cuts.erase(std::remove_if(
                     cuts.begin(), cuts.end(),
                     [&file](std::size_t cut) { return cut > file.size(); }),
                 cuts.end());
      check_cuts(read_event_xml, file, ends, cuts);
    }
  }
}
