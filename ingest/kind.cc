#include "ingest/kind.h"

namespace deskfall {

std::size_t KindLedger::Hash::operator()(const View& view) const {
  const std::hash<std::string_view> text;
  std::size_t hash = view.event_id;
  for (const std::string_view part : {view.host, view.channel, view.provider}) {
    hash = hash * 1'000'003 + text(part);
  }
  return hash;
}

KindId KindLedger::number(const Event& event) {
  return number_of({event.host, event.channel, event.provider, event.event_id});
}

KindId KindLedger::number(const Kind& kind) {
  return number_of({kind.host, kind.channel, kind.provider, kind.event_id});
}

KindId KindLedger::number_of(const View& view) {
  if (const auto found = numbers_.find(view); found != numbers_.end()) {
    return found->second;
  }
  const auto next = static_cast<KindId>(kinds_.size());
  Entry& entry = kinds_.emplace_back();
  Kind& kind = entry.kind;
  kind = {std::string(view.host), std::string(view.channel),
          std::string(view.provider), view.event_id};
  entry.wanted = filter_ == nullptr || filter_->wants(kind);
  numbers_.emplace(View{kind.host, kind.channel, kind.provider, kind.event_id},
                   next);
  return next;
}

}  // namespace deskfall
