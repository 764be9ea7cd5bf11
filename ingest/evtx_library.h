// TemplateLibrary: the templates that the records of one file have proven, by
// id, for old records whose own definition was overwritten since.
//
// A template is proven by an instance whose id equals the start of its GUID.
// Names and order of its values are then known for the whole file; a record
// read that way is marked as rebuilt, because the proof is not its own.
//
//   library.add(std::move(proven));                 while the file is read
//   Template* shape = library.find(id, values);     afterwards
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <vector>

#include "ingest/evtx_template.h"
#include "ingest/evtx_value.h"

namespace deskfall::evtx {

/// Whether the values could be meant for this template: none is missing and
/// each is NULL or of the declared type.
[[nodiscard]] bool types_agree(const Template& shape,
                               std::span<const Value> values);

class TemplateLibrary {
 public:
  /// Takes the templates over; those it has are left out. Over a bound on
  /// memory, new ones are left out.
  void add(std::vector<Template>& proven);

  /// The one template with this id that fits the values; null when none does,
  /// or more than one. It stays valid until the next add().
  [[nodiscard]] Template* find(std::uint32_t id, std::span<const Value> values);

 private:
  static constexpr std::size_t kMostBytes = 32U << 20U;

  std::map<std::uint32_t, std::deque<Template>> by_id_;
  std::size_t bytes_ = 0;
};

/// A template without names for `count` values: an element that is called
/// Incomplete, with the id as its Template attribute, and a Value for each.
void make_incomplete(Template& out, std::uint32_t id, std::size_t count);

}  // namespace deskfall::evtx
