#include "ingest/evtx_remnants.h"

#include <algorithm>
#include <unordered_set>

namespace deskfall::evtx {

namespace {

using Keys = std::unordered_set<std::uint64_t>;

/// Takes the live ones out. Nearly all of them are not in, which one bit tells.
void erase(Keys& wanted, const std::vector<std::uint64_t>& live) {
  constexpr std::size_t kBits = 1U << 16U;
  std::vector<bool> maybe(kBits);
  for (const std::uint64_t key : wanted) {
    maybe[key % kBits] = true;
  }
  for (const std::uint64_t key : live) {
    if (maybe[key % kBits]) {
      wanted.erase(key);
    }
  }
}

}  // namespace

std::uint64_t Remnants::key(std::uint64_t record_id, std::uint64_t time) {
  // Multiply and fold; the constants are those of SplitMix64.
  std::uint64_t mixed = record_id * 0x9e3779b97f4a7c15ULL;
  mixed ^= time + 0xbf58476d1ce4e5b9ULL + (mixed << 6U) + (mixed >> 2U);
  mixed *= 0xbf58476d1ce4e5b9ULL;
  mixed ^= mixed >> 29U;
  return mixed * 0x94d049bb133111ebULL;
}

void Remnants::add_live(std::span<const std::uint64_t> keys) {
  for (const std::uint64_t key : keys) {
    if (live_.size() < kMostKeys) {
      live_.push_back(key);
    } else {
      live_[next_live_] = key;
      next_live_ = (next_live_ + 1) % kMostKeys;
    }
  }
}

void Remnants::add(std::vector<Remnant>& remnants, RecordOutput& output) {
  if (held_.size() + remnants.size() > kMostHeld) {
    give_out(output);
  }
  for (Remnant& remnant : remnants) {
    held_.push_back(std::move(remnant));
  }
  remnants.clear();
}

void Remnants::give_out(RecordOutput& output) {
  Keys wanted;
  for (const Remnant& held : held_) {
    if (!std::binary_search(seen_.begin(), seen_.end(), held.key)) {
      wanted.insert(held.key);
    }
  }
  erase(wanted, live_);
  for (const Remnant& held : held_) {
    if (wanted.erase(held.key) == 1) {
      output.give(held);
      if (seen_.size() < kMostKeys) {
        seen_.push_back(held.key);
      }
    }
  }
  std::sort(seen_.begin(), seen_.end());
  held_.clear();
}

void Remnants::add(std::vector<LostRecord>& lost, EvtxTally& tally) {
  for (LostRecord& record : lost) {
    if (lost_.size() < kMostHeld) {
      lost_.push_back(std::move(record));
    } else {
      tally.overwritten.add(record.head.place());
    }
  }
  lost.clear();
}

std::vector<LostRecord> Remnants::take_lost() {
  Keys wanted;
  for (const LostRecord& record : lost_) {
    if (!std::binary_search(seen_.begin(), seen_.end(), record.key)) {
      wanted.insert(record.key);
    }
  }
  erase(wanted, live_);
  std::vector<LostRecord> taken;
  for (LostRecord& record : lost_) {
    if (wanted.erase(record.key) == 1) {
      taken.push_back(std::move(record));
    }
  }
  lost_.clear();
  return taken;
}

}  // namespace deskfall::evtx
