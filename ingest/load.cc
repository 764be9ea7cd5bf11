#include "ingest/load.h"

#include <algorithm>

#include "ingest/normalise.h"

namespace deskfall {

void LoadSink::on_event(const Event& event) {
  if (!status_) {
    return;
  }
  count(event);
  if (event.recovered) {
    ++recovered_;
  } else {
    ++events_;
    follow_run(event);
  }
  const bool changes = needs_normalising(event);
  if (changes) {
    working_ = event;
    normalise(working_);
  }
  const Event& complete = changes ? working_ : event;
  if (choice_ != nullptr && !choice_->keeps(complete)) {
    return;
  }
  ++kept_;
  const Result<std::int64_t> added = store_.add_event(complete, source_);
  if (!added) {
    status_ = tl::unexpected<Error>(added.error());
  }
}

void LoadSink::count(const Event& event) {
  const std::int64_t ticks = event.time.ticks;
  const std::int64_t into =
      ((ticks % kTicksPerHour) + kTicksPerHour) % kTicksPerHour;
  const std::int64_t hour = ticks - into;
  // Neighbouring records mostly share their kind; the key is compared in place
  // before anything is copied.
  if (last_count_ == nullptr || last_key_.hour != hour ||
      last_key_.event_id != event.event_id || last_key_.host != event.host ||
      last_key_.channel != event.channel ||
      last_key_.provider != event.provider) {
    last_key_ = {event.host, event.channel, event.provider, event.event_id,
                 hour};
    last_count_ = &tally_[last_key_];
  }
  (event.recovered ? last_count_->recovered : last_count_->live) += 1;
}

void LoadSink::follow_run(const Event& event) {
  if (event.clock == ClockNote::kNone) {
    return;
  }
  // As above: one channel mostly, and a look at its name is cheap.
  if (last_channel_ == channels_.end() ||
      last_channel_->first.first != event.host ||
      last_channel_->first.second != event.channel) {
    last_channel_ = channels_.try_emplace({event.host, event.channel}).first;
  }
  ++last_channel_->second.records;
  std::vector<RecordRun>& runs = last_channel_->second.runs;
  const bool numbered = event.record_id != 0;
  if (!runs.empty()) {
    RecordRun& last = runs.back();
    const bool follows =
        numbered ? event.record_id == last.last_id + 1 : last.last_id == 0;
    if (follows) {
      last.last_id = event.record_id;
      last.first_time = std::min(last.first_time, event.time);
      last.last_time = std::max(last.last_time, event.time);
      ++last.records;
      return;
    }
  }
  runs.push_back({source_, event.host, event.channel, event.record_id,
                  event.record_id, event.time, event.time, 1});
}

std::vector<RecordRun> LoadSink::take_runs() {
  std::vector<RecordRun> out;
  for (auto& [key, channel] : channels_) {
    std::vector<RecordRun>& runs = channel.runs;
    std::sort(runs.begin(), runs.end(),
              [](const RecordRun& a, const RecordRun& b) {
                return std::pair(a.first_id, a.first_time) <
                       std::pair(b.first_id, b.first_time);
              });
    for (RecordRun& run : runs) {
      const bool joins = !out.empty() && out.back().host == run.host &&
                         out.back().channel == run.channel &&
                         run.first_id <= out.back().last_id + 1;
      if (!joins) {
        out.push_back(std::move(run));
        continue;
      }
      RecordRun& last = out.back();
      last.last_id = std::max(last.last_id, run.last_id);
      last.first_time = std::min(last.first_time, run.first_time);
      last.last_time = std::max(last.last_time, run.last_time);
      last.records += run.records;
    }
  }
  channels_.clear();
  last_channel_ = channels_.end();
  return out;
}

std::string LoadSink::host() const {
  std::map<std::string, std::int64_t> hosts;
  for (const auto& [key, channel] : channels_) {
    hosts[key.first] += channel.records;
  }
  std::string best;
  std::int64_t most = 0;
  for (const auto& [name, number] : hosts) {
    if (number > most) {
      best = name;
      most = number;
    }
  }
  return best;
}

}  // namespace deskfall
