// Busy server: a made-up case of any size, for benches and for tests of what
// does not grow with it. Nothing of it comes from real logs; the same numbers
// give the same case.
#pragma once

#include <cstddef>

#include "engine/case_data.h"

namespace deskfall::bench {

struct BusyOptions {
  std::size_t attempts = 20'000;
  std::size_t events = 1'000'000;  ///< filled up with ordinary records
  std::size_t clients = 400;       ///< hosts with logs of their own
  std::size_t servers = 8;
};

/// Attempts of three kinds take turns: sessions seen from both sides (joined by
/// activity id), handshakes that failed on both sides (joined by time), and
/// guesses from addresses without logs. Around them: noise, filter rows, starts
/// and a change of time on every server.
[[nodiscard]] CaseData make_busy_case(const BusyOptions& options);

}  // namespace deskfall::bench
