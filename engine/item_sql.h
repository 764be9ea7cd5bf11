// ItemSql: for each item of evidence, a plain query over the views of the case
// that finds the same records.
//
// An auditor reruns it in any SQLite shell. Window, host, log, selector, order
// and rate are told in SQL anew; which records belong to which connection is
// not, so those are named by number, and a comment says so. Where SQLite lacks
// a test the query finds more, and a comment says why; where nothing can be
// asked - no such host, no time - the comment is all there is.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/inquiry.h"

namespace deskfall {

struct ItemQuery {
  std::string cause;
  std::string item;
  Form form = Form::kEvent;
  std::string sql;    ///< with a comment above; gives ids of v_event first
  bool asks = true;   ///< false: sql is a comment alone
  bool exact = true;  ///< false: the comment says why more rows may come
  std::vector<EventIndex> records;  ///< that the engine found, by time
};

/// One for each item of each cause of this kind of failure, in their order.
[[nodiscard]] std::vector<ItemQuery> item_queries(const Inquiry& inquiry,
                                                  const Failure& failure);

}  // namespace deskfall
