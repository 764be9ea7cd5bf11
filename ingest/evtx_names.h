// EVTX names: the element and attribute names of one chunk.
//
// BinXML names things by an offset in the chunk, where a node stands: a link
// to the next name, a hash, the characters. Records that carry their XML in
// full (CAPI2 does) use the same few names thousands of times, so each is
// read, checked and turned into UTF-8 once and then looked up.
//
//   const Name* name = names.at(0x226);   // "EventData", Noun::kEventData
//
// The table keeps what was asked for last; its size is fixed.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "ingest/evtx_format.h"

namespace deskfall::evtx {

/// Element and attribute names that carry a meaning of their own.
enum class Noun : std::uint8_t {
  kOther,
  kActivityId,
  kBinary,
  kChannel,
  kComputer,
  kCorrelation,
  kData,
  kEvent,
  kEventData,
  kEventId,
  kEventRecordId,
  kExecution,
  kLevel,
  kName,
  kProcessId,
  kProvider,
  kRenderingInfo,
  kSecurity,
  kSystem,
  kSystemTime,
  kThreadId,
  kTimeCreated,
  kUserData,
  kUserId,
  kXmlns  ///< xmlns and xmlns:anything
};

struct Name {
  std::string text;  ///< UTF-8; what may not stand in a name became '_'
  Noun noun = Noun::kOther;
  bool hash_fits = false;  ///< else the place was overwritten
  Bytes raw;               ///< hash, length and characters, in the chunk
  std::size_t end = 0;     ///< in the chunk, behind the NUL of the name
};

class NameTable {
 public:
  /// Forgets the names of the last chunk.
  void start_chunk(Bytes chunk);

  [[nodiscard]] Bytes chunk() const { return chunk_; }

  /// The name at an offset in the chunk, valid until the next call; null when
  /// there is room for none.
  [[nodiscard]] const Name* at(std::size_t offset);

 private:
  static constexpr std::size_t kPlaces = 256;

  struct Place {
    std::size_t offset = 0;
    std::uint64_t chunk = 0;  ///< the one that it was read in
    Name name;
  };

  Bytes chunk_;
  std::uint64_t chunks_ = 0;  ///< started so far
  std::array<Place, kPlaces> places_;
};

}  // namespace deskfall::evtx
