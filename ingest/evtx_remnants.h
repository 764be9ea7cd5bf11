// Remnants: records that were found outside the live chain, held back until
// the whole file was seen, because a chunk read later may hold the same record
// alive.
//
// A remnant and a live record are the same when record id, header time and
// event id agree. Memory stays bounded: of the live records only a 64-bit key
// is kept (the latest kMostKeys), of the remnants at most kMostHeld; when more
// come, the held ones are given out early.
#pragma once

#include <cstdint>
#include <vector>

#include "ingest/event.h"

namespace deskfall::evtx {

class Remnants {
 public:
  static constexpr std::size_t kMostKeys = 8U << 20U;
  static constexpr std::size_t kMostHeld = 4096;

  [[nodiscard]] static std::uint64_t key(std::uint64_t record_id,
                                         std::uint64_t time,
                                         std::uint32_t event_id);

  void add_live(std::uint64_t key);
  void add(const Event& event, std::uint64_t key, EventSink& sink);

  /// Gives out, in file order, what was not alive anywhere and was not given
  /// out before.
  void give_out(EventSink& sink);

  [[nodiscard]] std::int64_t given() const { return given_; }

 private:
  struct Held {
    std::uint64_t key = 0;
    Event event;
  };

  std::vector<std::uint64_t> live_;
  std::size_t next_live_ = 0;  ///< place to overwrite once kMostKeys are kept
  std::vector<std::uint64_t> seen_;  ///< keys of remnants given out, sorted
  std::vector<Held> held_;
  std::int64_t given_ = 0;
};

}  // namespace deskfall::evtx
