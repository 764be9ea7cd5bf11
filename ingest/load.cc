#include "ingest/load.h"

#include <algorithm>

namespace deskfall {

void LoadSink::on_event(const Event& event) {
  single_.clear();
  single_.next() = event;
  single_.add(single_.kinds.number(event));
  on_batch(single_);
}

void LoadSink::on_batch(EventBatch& batch) {
  if (status_) {
    status_ = load(batch);
  }
}

Result<void> LoadSink::load(EventBatch& batch) {
  add_kinds(batch);
  count(batch);
  for (KeptEvent& record : batch.kept()) {
    ++kept_;
    DF_CHECK(store_.add_event(record, batch.rows[record.kind], source_));
  }
  return {};
}

void LoadSink::add_kinds(EventBatch& batch) {
  while (batch.rows.size() < batch.kinds.size()) {
    const Kind& kind = batch.kinds[static_cast<KindId>(batch.rows.size())];
    const std::int64_t row = store_.kind_row(kind);
    batch.rows.push_back(row);
    const auto at = static_cast<std::size_t>(row);
    channel_of_.resize(std::max(channel_of_.size(), at + 1));
    channel_of_[at] = &*channels_.try_emplace({kind.host, kind.channel}).first;
  }
}

void LoadSink::count(const EventBatch& batch) {
  for (const RecordMark& mark : batch.marks()) {
    const std::int64_t row = batch.rows[mark.kind];
    const bool has_time = mark.clock != ClockNote::kNone;
    if (has_time) {
      tally_.add(row, mark.time, mark.recovered);
    } else {
      tally_.add_timeless(row, mark.recovered);
    }
    if (mark.recovered) {
      ++recovered_;
      continue;
    }
    ++events_;
    if (has_time) {
      auto& [key, channel] = *channel_of_[static_cast<std::size_t>(row)];
      follow_run(key, channel, mark);
    }
  }
}

void LoadSink::follow_run(const ChannelKey& key, Channel& channel,
                          const RecordMark& mark) {
  ++channel.records;
  if (!channel.runs.empty()) {
    RecordRun& last = channel.runs.back();
    const bool follows = mark.record_id != 0
                             ? mark.record_id == last.last_id + 1
                             : last.last_id == 0;
    if (follows) {
      last.last_id = mark.record_id;
      last.first_time = std::min(last.first_time, mark.time);
      last.last_time = std::max(last.last_time, mark.time);
      ++last.records;
      return;
    }
  }
  channel.runs.push_back({source_, key.first, key.second, mark.record_id,
                          mark.record_id, mark.time, mark.time, 1});
}

std::vector<RecordRun> LoadSink::take_runs() {
  std::vector<RecordRun> out;
  for (auto& [key, channel] : channels_) {
    std::vector<RecordRun> runs = std::exchange(channel.runs, {});
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
