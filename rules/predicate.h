// Predicate: one test of one field, as Sigma writes it: Name|modifiers: value.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/event.h"
#include "rules/wildcard.h"
#include "rules/yaml.h"

namespace deskfall {

class Predicate {
 public:
  struct Impl;  ///< predicate_impl.h

  /// `key` is "Field|modifier|...", `value` a scalar, null or a list. Problems
  /// go to `diagnostics`; unknown modifiers are refused, never ignored.
  Predicate(const YamlNode& key, const YamlNode& value, const std::string& file,
            std::vector<Diagnostic>& diagnostics);
  ~Predicate();
  Predicate(Predicate&&) noexcept;
  Predicate& operator=(Predicate&&) noexcept;

  [[nodiscard]] bool matches(const Event& event) const;

  [[nodiscard]] const std::string& field() const;
  [[nodiscard]] bool is_negated() const;

  /// Texts one of which must stand in the field for a match; nothing when no
  /// text is needed.
  [[nodiscard]] std::optional<std::vector<std::string>> needed() const;

  /// Its patterns, any of which is enough, when it is a test of patterns.
  [[nodiscard]] std::vector<std::string> patterns() const;

  /// The test over a row of v_event. Where SQLite has no such test, `lacks`
  /// gets the reason and the expression lets more through, never less.
  [[nodiscard]] std::string sql(std::set<std::string>& lacks) const;

  /// Equal for tests that are written alike.
  [[nodiscard]] const std::string& key() const;

  /// Puts into `fields` (by rule name) what this test asks for, where that is
  /// plain to see; patterns and denials are left out.
  void shape(std::map<std::string, std::string>& fields) const;

  /// The ids asked for, when this is a plain test of EventID.
  [[nodiscard]] std::optional<std::vector<std::uint32_t>> event_ids() const;

 private:
  std::unique_ptr<Impl> impl_;
};

/// The value of a field by its rule name: EventID, Provider_Name, Channel,
/// Computer, Level, ActivityID, UserID, ProcessID, else event data ("Data[2]"
/// is the third unnamed item). `scratch` holds numbers made into text.
[[nodiscard]] std::optional<std::string_view> field_value(const Event& event,
                                                          std::string_view name,
                                                          std::string& scratch);

}  // namespace deskfall
