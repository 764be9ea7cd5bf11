// EvidenceBook: the records that a report cites, numbered e1, e2, ... in order
// of time once all are known.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/case_data.h"

namespace deskfall {

class EvidenceBook {
 public:
  void cite(EventIndex event) { cited_.insert(event); }
  void close() {
    std::int64_t number = 0;
    for (const EventIndex event : cited_) {
      ids_[event] = "e" + std::to_string(++number);
    }
  }
  [[nodiscard]] const std::string& id(EventIndex event) const {
    return ids_.at(event);
  }
  [[nodiscard]] std::vector<std::string> ids(
      const std::vector<EventIndex>& events) const {
    std::vector<std::string> out;
    out.reserve(events.size());
    for (const EventIndex event : events) {
      out.push_back(id(event));
    }
    return out;
  }
  [[nodiscard]] const std::map<EventIndex, std::string>& all() const {
    return ids_;
  }

 private:
  std::set<EventIndex> cited_;
  std::map<EventIndex, std::string> ids_;
};

}  // namespace deskfall
