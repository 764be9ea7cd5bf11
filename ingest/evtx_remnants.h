// Remnants: records that were found outside the live chain, held back until
// the whole file was seen, because a chunk read later may hold the same record
// alive.
//
// A remnant and a live record are the same when record id and header time
// (100 ns) agree. Memory stays bounded: of the live records only a 64-bit key
// is kept (the latest kMostKeys), of the remnants at most kMostHeld; when more
// come, the held ones are given out early.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ingest/evtx_output.h"
#include "ingest/evtx_tally.h"

namespace deskfall::evtx {

/// A record whose template was overwritten, as bytes: another chunk of the
/// file may still hold the template.
struct LostRecord {
  std::uint64_t key = 0;
  RecordHead head;
  std::size_t at = 0;  ///< in its chunk
  std::string bytes;   ///< from its first byte to its last
};

class Remnants {
 public:
  static constexpr std::size_t kMostKeys = 8U << 20U;
  static constexpr std::size_t kMostHeld = 4096;

  [[nodiscard]] static std::uint64_t key(std::uint64_t record_id,
                                         std::uint64_t time);

  void add_live(std::span<const std::uint64_t> keys);

  /// Takes the remnants over; `output` gives out those that have to go early.
  void add(std::vector<Remnant>& remnants, RecordOutput& output);

  /// Gives out, in file order, what was not alive anywhere and was not given
  /// out before.
  void give_out(RecordOutput& output);

  /// Takes over records whose template is lost. Those that are too many are
  /// counted as overwritten.
  void add(std::vector<LostRecord>& lost, EvtxTally& tally);

  /// Those that were neither alive anywhere nor given out, each once, in file
  /// order. For after give_out().
  [[nodiscard]] std::vector<LostRecord> take_lost();

 private:
  std::vector<std::uint64_t> live_;
  std::size_t next_live_ = 0;  ///< place to overwrite once kMostKeys are kept
  std::vector<std::uint64_t> seen_;  ///< keys of remnants given out, sorted
  std::vector<Remnant> held_;
  std::vector<LostRecord> lost_;
};

}  // namespace deskfall::evtx
