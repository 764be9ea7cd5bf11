#include "ingest/sniff.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "ingest/dialog_text.h"
#include "ingest/text.h"
#include "ingest/text_reader.h"

namespace deskfall {

namespace {

using namespace std::string_view_literals;

struct Magic {
  std::size_t at;
  std::string_view bytes;
};

constexpr Magic kArchives[] = {
    {0, "PK\x03\x04"sv},          // zip
    {0, "PK\x05\x06"sv},          // zip without members
    {0, "PK\x07\x08"sv},          // zip, spanned
    {0, "7z\xbc\xaf\x27\x1c"sv},  // 7-Zip
    {0, "\x1f\x8b\x08"sv},        // gzip
    {0,
     "\xfd"
     "7zXZ\0"sv},               // xz
    {0, "BZh"sv},               // bzip2
    {0, "\x28\xb5\x2f\xfd"sv},  // zstd
    {0, "\x04\x22\x4d\x18"sv},  // lz4
    {0, "MSCF\0\0\0\0"sv},      // cabinet
    {257, "ustar"sv},           // tar
};

/// Far enough behind <Event to see its namespace or its <System>.
constexpr std::size_t kEventReach = 2048;

bool has_at(std::string_view bytes, std::size_t at, std::string_view wanted) {
  return at <= bytes.size() && bytes.compare(at, wanted.size(), wanted) == 0;
}

bool is_archive(std::string_view bytes) {
  for (const Magic& magic : kArchives) {
    if (has_at(bytes, magic.at, magic.bytes)) {
      return true;
    }
  }
  return false;
}

constexpr std::string_view kChunk = "ElfChnk\0"sv;

/// The chunks stand at 4096 and every 64 KiB behind; logs whose file header
/// was overwritten are still read through them. A log cut out of memory may
/// begin with a chunk.
bool is_evtx(std::string_view bytes) {
  constexpr std::size_t kHeader = 4096;
  constexpr std::size_t kSlot = 65536;
  if (has_at(bytes, 0, "ElfFile\0"sv)) {
    return true;
  }
  for (std::size_t at = 0; at < bytes.size(); at += kSlot) {
    if (has_at(bytes, at, kChunk) || has_at(bytes, at + kHeader, kChunk)) {
      return true;
    }
  }
  return false;
}

/// A chunk anywhere, with the length of its header: a piece of a disk or of
/// memory.
bool holds_chunk(std::string_view bytes) {
  constexpr std::size_t kLengthAt = 40;
  std::size_t at = bytes.find(kChunk);
  while (at != std::string_view::npos &&
         !has_at(bytes, at + kLengthAt, "\x80\0\0\0"sv)) {
    at = bytes.find(kChunk, at + 1);
  }
  return at != std::string_view::npos;
}

bool is_event_xml(std::string_view text) {
  constexpr std::string_view kEvent = "<Event";
  std::size_t at = 0;
  while ((at = text.find(kEvent, at)) != std::string_view::npos) {
    at += kEvent.size();
    if (at >= text.size() || " \t\r\n>"sv.find(text[at]) == std::string::npos) {
      continue;
    }
    const std::string_view near = text.substr(at, kEventReach);
    if (near.find("win/2004/08/events/event") != std::string_view::npos ||
        (near.find("<System>") != std::string_view::npos &&
         near.find("<Provider") != std::string_view::npos)) {
      return true;
    }
  }
  return false;
}

bool is_firewall_log(std::string_view text) {
  for (const std::string_view raw : split(text, '\n')) {
    const std::string line = to_lower_ascii(trim(raw));
    if (line.rfind("#software: microsoft windows firewall", 0) == 0 ||
        line.rfind("#software: microsoft internet connection firewall", 0) ==
            0 ||
        line.rfind("#fields: date time action protocol src-ip", 0) == 0) {
      return true;
    }
  }
  return false;
}

/// The head as UTF-8; lines of the text keep their '\n'.
std::string decoded(std::span<const std::byte> head) {
  std::string text;
  const auto source = open_buffer(head);
  TextReader reader(*source);
  TextLine line;
  while (reader.next(line).value_or(false)) {
    text += line.text;
    if (line.end != LineEnd::kCut) {
      text += '\n';
    }
  }
  return text;
}

}  // namespace

Format sniff(std::span<const std::byte> head, std::string_view name) {
  head = head.first(std::min(head.size(), kSniffBytes));
  const std::string_view bytes(reinterpret_cast<const char*>(head.data()),
                               head.size());
  if (bytes.empty()) {
    return Format::kEmpty;
  }
  if (is_evtx(bytes)) {
    return Format::kEvtx;
  }
  if (is_archive(bytes)) {
    return Format::kArchive;
  }
  if (holds_chunk(bytes)) {
    return Format::kEvtx;
  }
  const std::string text = decoded(head);
  if (is_event_xml(text)) {
    return Format::kEventXml;
  }
  if (is_firewall_log(text)) {
    return Format::kFirewallLog;
  }
  if (looks_like_dialog(text)) {
    return Format::kDialog;
  }
  return to_lower_ascii(name).ends_with(".evtx") ? Format::kEvtx
                                                 : Format::kUnknown;
}

}  // namespace deskfall
