// Times the three passes that turn events into connections - coverage, clocks
// and attempts - on a made-up case. Run by hand on an idle machine.
//
//     passes_bench [EVENTS [ATTEMPTS [RUNS [CLIENTS [SERVERS]]]]]
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>

#include "engine/coverage.h"
#include "engine/stitch.h"
#include "engine/zone_fit.h"
#include "ingest/text.h"
#include "tests/bench/busy_server.h"

namespace deskfall {
namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
      .count();
}

/// Memory in use, in MB.
double used_megabytes() {
  return static_cast<double>(mallinfo2().uordblks) / 1e6;
}

int run(const bench::BusyOptions& options, int runs) {
  const auto rules = RuleSet::load({});
  if (!rules) {
    fmt::print(stderr, "{}\n", rules.error().text());
    return 1;
  }
  CaseData data = bench::make_busy_case(options);
  fmt::print("{} events, {} attempts, {} hosts, {:.0f} MB loaded\n",
             data.events.size(), options.attempts, data.hosts.size(),
             used_megabytes());
  for (int i = 0; i < runs; ++i) {
    const double before = used_megabytes();
    auto begin = std::chrono::steady_clock::now();
    fit_zones(data);
    const double zones = seconds_since(begin);
    begin = std::chrono::steady_clock::now();
    const Coverage coverage = Coverage::measure(data, *rules);
    const double covered = seconds_since(begin);
    begin = std::chrono::steady_clock::now();
    Clocks clocks;
    const std::vector<Attempt> attempts = stitch(data, *rules, clocks);
    const double stitched = seconds_since(begin);
    std::map<std::string_view, int> joins;
    for (const Attempt& attempt : attempts) {
      ++joins[join_name(attempt.join)];
    }
    fmt::print(
        "zones {:.3f} s, coverage {:.3f} s, clocks and attempts {:.3f} s: "
        "together {:.3f} s; {} attempts",
        zones, covered, stitched, zones + covered + stitched, attempts.size());
    for (const auto& [name, count] : joins) {
      fmt::print(", {} by {}", count, name);
    }
    fmt::print("; {:.0f} MB held\n", used_megabytes() - before);
  }
  return 0;
}

}  // namespace
}  // namespace deskfall

int main(int argc, char** argv) {
  const auto number = [&](int at, std::uint64_t otherwise) {
    return argc > at ? deskfall::parse_number(argv[at]).value_or(otherwise)
                     : otherwise;
  };
  deskfall::bench::BusyOptions options;
  options.events = number(1, options.events);
  options.attempts = number(2, options.attempts);
  options.clients = number(4, options.clients);
  options.servers = number(5, options.servers);
  return deskfall::run(options, static_cast<int>(number(3, 3)));
}
