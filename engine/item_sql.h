// ItemSql: for each item of evidence, a plain query over the views of the case
// that finds the same records.
//
// An auditor reruns it in any SQLite shell. Window, host, log and selector are
// told in SQL anew; which records belong to another connection is not, so those
// are left out by number, and the comment above the query says so.
#pragma once

#include <string>
#include <vector>

#include "engine/inquiry.h"

namespace deskfall {

struct ItemQuery {
  std::string cause;
  std::string item;
  std::string sql;    ///< with a comment above; gives ids of v_event
  bool exact = true;  ///< false: some test has no SQL, more rows may come
  std::vector<EventIndex> records;  ///< that the engine found, by time
};

/// Items whose records stand in a window: event, any_event, none, count, rate.
[[nodiscard]] std::vector<ItemQuery> item_queries(const Inquiry& inquiry,
                                                  const Failure& failure);

}  // namespace deskfall
