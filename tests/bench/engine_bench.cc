// Engine bench: the two inner loops of judging, on generated load.
//
//   engine_bench            prints one line for each figure
//
// Windows: 1 M signals on 150 lists, 5,000 failures, 150 items each. Selectors:
// 500, 3,000 and 10,000 on one event id, asked about 10,000 events. Routes:
// 3,000 signals of 30 logs in which 10 providers use the same 10 ids each. Run
// by hand on an idle machine, never as a test.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>

#include "engine/signal_table.h"
#include "rules/matcher.h"
#include "rules/rule_set.h"

namespace {

using namespace deskfall;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

void bench_windows() {
  constexpr int kLists = 150;
  constexpr int kSignals = 1'000'000;
  constexpr int kFailures = 5'000;
  std::mt19937_64 random(1);
  std::vector<HitList> lists(kLists);
  for (int i = 0; i < kSignals; ++i) {
    Hit hit;
    hit.time = Instant{
        static_cast<Ticks>(random() % (30ULL * 24 * 3600 * 10'000'000))};
    hit.host = static_cast<HostId>(random() % 4);
    hit.event = static_cast<EventIndex>(i);
    lists[random() % kLists].add(hit);
  }
  for (HitList& list : lists) {
    list.close(0);
  }
  std::vector<Instant> failures;
  for (int i = 0; i < kFailures; ++i) {
    failures.push_back(Instant{
        static_cast<Ticks>(random() % (30ULL * 24 * 3600 * 10'000'000))});
  }
  std::sort(failures.begin(), failures.end());
  const auto start = std::chrono::steady_clock::now();
  std::size_t hits = 0;
  for (const Instant& failure : failures) {
    for (int item = 0; item < kLists; ++item) {
      hits += lists[static_cast<std::size_t>(item)]
                  .find(item % 4, failure - 30 * kTicksPerSecond,
                        failure + 5 * kTicksPerSecond)
                  .size();
    }
  }
  std::printf("windows   %d signals x %d failures x %d items: %.3f s (%zu)\n",
              kSignals, kFailures, kLists, seconds_since(start), hits);
}

void bench_selectors(int count) {
  std::mt19937 random(2);
  const auto word = [&random] {
    std::string out;
    for (int i = 0; i < 8; ++i) {
      out += static_cast<char>('a' + random() % 26);
    }
    return out;
  };
  std::vector<Selector> selectors;
  std::vector<Diagnostic> problems;
  for (int i = 0; i < count; ++i) {
    const std::string text = i % 10 == 9
                                 ? "p: {EventID: 1, 'CommandLine|re': '" +
                                       word() + "[0-9]+x'}\ncondition: p\n"
                                 : "p: {EventID: 1, 'Image|endswith': ['\\" +
                                       word() + ".exe', '\\" + word() +
                                       ".exe']}\nq: {'CommandLine|contains': "
                                       "['" +
                                       word() + "', ' -" + word() +
                                       "']}\ncondition: p and q\n";
    selectors.emplace_back(parse_yaml("bench", text, problems).at(0), "bench",
                           problems);
  }
  std::vector<Matcher::Entry> entries;
  std::vector<const Selector*> pointers;
  for (const Selector& selector : selectors) {
    pointers.push_back(&selector);
    entries.push_back({&selector, nullptr});
  }
  auto start = std::chrono::steady_clock::now();
  const Matcher matcher(entries);
  const double compiled = seconds_since(start);
  constexpr int kEvents = 10'000;
  std::vector<Event> events(kEvents);
  for (Event& event : events) {
    event.event_id = 1;
    event.fields.add("Image", "C:\\Windows\\System32\\" + word() + ".exe");
    event.fields.add("CommandLine", "C:\\Windows\\System32\\" + word() +
                                        ".exe -" + word() + " " + word());
  }
  start = std::chrono::steady_clock::now();
  std::size_t hits = 0;
  std::vector<std::size_t> matching;
  for (const Event& event : events) {
    matcher.match(event, matching);
    hits += matching.size();
  }
  const double all = seconds_since(start);
  start = std::chrono::steady_clock::now();
  constexpr int kFew = 100;
  for (int i = 0; i < kFew; ++i) {
    for (const Selector* selector : pointers) {
      hits += selector->matches(events[static_cast<std::size_t>(i)]) ? 1 : 0;
    }
  }
  std::printf(
      "selectors %6d: %7.2f us an event (one by one %.0f us), compiled in "
      "%.2f s (%zu)\n",
      count, all / kEvents * 1e6, seconds_since(start) / kFew * 1e6, compiled,
      hits);
}

void bench_routes() {
  constexpr int kLogs = 30;
  constexpr int kProviders = 10;
  constexpr int kIds = 10;
  constexpr int kEvents = 100'000;
  std::string text;
  const auto name = [](const char* what, int number) {
    return what + std::to_string(number);
  };
  for (int log = 0; log < kLogs; ++log) {
    text += "---\n{kind: log, id: " + name("l", log) +
            ", title: l, channels: " + name("Channel/", log) +
            ", collect: c}\n";
  }
  for (int i = 0; i < kLogs * kProviders * kIds; ++i) {
    text +=
        "---\n{kind: signal, id: " + name("s", i) +
        ", title: s, log: " + name("l", i % kLogs) +
        ", detection: {p: {EventID: " + std::to_string(i / kLogs / kProviders) +
        ", Provider_Name: " + name("Provider", i / kLogs % kProviders) +
        ", 'Code|gt': 7}, condition: p}}\n";
  }
  const std::vector<RuleFile> files = {{"bench", text}};
  const auto rules = RuleSet::from_files(files);
  if (!rules) {
    std::printf("%.300s\n", rules.error().text().c_str());
    return;
  }
  std::mt19937 random(3);
  std::vector<Event> events(kEvents);
  for (Event& event : events) {
    event.event_id = random() % kIds;
    event.channel = name("Channel/", static_cast<int>(random() % kLogs));
    event.provider = name("Provider", static_cast<int>(random() % kProviders));
    event.fields.add("Code", std::to_string(random() % 10));
  }
  std::size_t hits = 0;
  std::vector<std::size_t> matching;
  const auto start = std::chrono::steady_clock::now();
  for (const Event& event : events) {
    rules->match(event, matching);
    hits += matching.size();
  }
  std::printf("routes    %d signals: %.2f us an event (%zu)\n",
              kLogs * kProviders * kIds, seconds_since(start) / kEvents * 1e6,
              hits);
}

}  // namespace

int main() {
  bench_windows();
  bench_routes();
  for (const int count : {500, 3'000, 10'000}) {
    bench_selectors(count);
  }
}
