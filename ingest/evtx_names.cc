#include "ingest/evtx_names.h"

#include <utility>

#include "ingest/evtx_escape.h"

namespace deskfall::evtx {

namespace {

constexpr std::pair<std::string_view, Noun> kNouns[] = {
    {"ActivityID", Noun::kActivityId},
    {"Binary", Noun::kBinary},
    {"Channel", Noun::kChannel},
    {"Computer", Noun::kComputer},
    {"Correlation", Noun::kCorrelation},
    {"Data", Noun::kData},
    {"Event", Noun::kEvent},
    {"EventData", Noun::kEventData},
    {"EventID", Noun::kEventId},
    {"EventRecordID", Noun::kEventRecordId},
    {"Execution", Noun::kExecution},
    {"Level", Noun::kLevel},
    {"Name", Noun::kName},
    {"ProcessID", Noun::kProcessId},
    {"Provider", Noun::kProvider},
    {"RenderingInfo", Noun::kRenderingInfo},
    {"Security", Noun::kSecurity},
    {"System", Noun::kSystem},
    {"SystemTime", Noun::kSystemTime},
    {"ThreadID", Noun::kThreadId},
    {"TimeCreated", Noun::kTimeCreated},
    {"UserData", Noun::kUserData},
    {"UserID", Noun::kUserId},
    {"xmlns", Noun::kXmlns}};

Noun noun_of(std::string_view name) {
  if (name.starts_with("xmlns:")) {
    return Noun::kXmlns;
  }
  for (const auto& [text, noun] : kNouns) {
    if (name == text) {
      return noun;
    }
  }
  return Noun::kOther;
}

/// The hash that is stored in front of every name.
std::uint16_t hash_name(Bytes characters) {
  std::uint32_t hash = 0;
  for (std::size_t at = 0; at + 1 < characters.size(); at += 2) {
    hash = hash * 65599 + load<std::uint16_t>(characters, at);
  }
  return static_cast<std::uint16_t>(hash & 0xffff);
}

/// Whether a character may stand in an XML name; what may not (only damaged
/// or crafted names have any) becomes an underscore.
constexpr std::array<bool, 256> make_name_characters() {
  std::array<bool, 256> allowed{};
  for (std::size_t c = 0x21; c < allowed.size(); ++c) {
    allowed[c] = c != 0x7f;
  }
  for (const char c : {'<', '>', '&', '"', '\'', '/', '=', '?', '!'}) {
    allowed[static_cast<unsigned char>(c)] = false;
  }
  return allowed;
}
constexpr std::array<bool, 256> kNameCharacters = make_name_characters();

bool read_name(Bytes chunk, std::size_t at, Name& out) {
  if (!has(chunk, at, kNameHeaderSize)) {
    return false;
  }
  const std::size_t size = 2 * std::size_t{load<std::uint16_t>(chunk, at + 6)};
  // A name without characters is a place that was zeroed.
  if (size == 0 || !has(chunk, at + kNameHeaderSize, size + 2)) {
    return false;
  }
  const Bytes characters = chunk.subspan(at + kNameHeaderSize, size);
  out.hash_fits = hash_name(characters) == load<std::uint16_t>(chunk, at + 4);
  out.raw = chunk.subspan(at + 4, size + 4);
  out.end = at + kNameHeaderSize + size + 2;
  out.text.clear();
  append_utf16(out.text, characters);
  for (char& c : out.text) {
    if (!kNameCharacters[static_cast<unsigned char>(c)]) {
      c = '_';
    }
  }
  out.noun = noun_of(out.text);
  return true;
}

}  // namespace

void NameTable::start_chunk(Bytes chunk) {
  chunk_ = chunk;
  ++chunks_;
}

const Name* NameTable::at(std::size_t offset) {
  // Names are at least 12 bytes long.
  Place& place = places_[offset / 8 % kPlaces];
  if (place.chunk == chunks_ && place.offset == offset) {
    return &place.name;
  }
  place.chunk = 0;
  if (!read_name(chunk_, offset, place.name)) {
    return nullptr;
  }
  place.offset = offset;
  place.chunk = chunks_;
  return &place.name;
}

}  // namespace deskfall::evtx
