// PredicateImpl: what a test is made of. Only predicate.cc, which reads and
// asks it, and predicate_sql.cc, which says it in SQL, look inside.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/encode.h"
#include "rules/pattern.h"
#include "rules/predicate.h"

namespace deskfall {

enum class Test {
  kEquals,
  kContains,
  kStartsWith,
  kEndsWith,
  kRegex,
  kCidr,
  kExists,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual
};

/// An address as 16 bytes, IPv4 mapped, so that one comparison serves both.
using Address = std::array<std::uint8_t, 16>;

struct Network {
  Address address{};
  int prefix = 128;

  [[nodiscard]] bool contains(const Address& other) const {
    for (int bit = 0; bit < prefix; ++bit) {
      const auto byte = static_cast<std::size_t>(bit / 8);
      const int mask = 0x80 >> (bit % 8);
      if ((address[byte] & mask) != (other[byte] & mask)) {
        return false;
      }
    }
    return true;
  }
};

/// One value of the list on the right-hand side.
struct Operand {
  std::string text;
  std::vector<std::string> forms;  ///< the text as a log may spell it
  std::optional<std::uint64_t> number;
  bool null = false;
  std::optional<Pattern> regex;
  Network network;
};

[[nodiscard]] inline bool compares_numbers(Test test) {
  return test == Test::kLess || test == Test::kLessEqual ||
         test == Test::kGreater || test == Test::kGreaterEqual;
}

struct Predicate::Impl {
  std::string field;  ///< empty: any field
  std::string key;    ///< equal keys are equal tests
  Test test = Test::kEquals;
  Case mode = Case::kIgnore;
  bool all = false;
  bool negated = false;
  bool reference = false;  ///< the operand names another field
  bool dashes = false;
  enum class Base64 { kNo, kWhole, kOffset } base64 = Base64::kNo;
  TextEncoding encoding = TextEncoding::kUtf8;
  std::vector<Operand> operands;

  void set_modifier(std::string_view name, bool& tested, PatternFlag& flags,
                    const YamlNode& node, const std::string& file,
                    std::vector<Diagnostic>& diagnostics);
  void check_modifiers(const YamlNode& node, const std::string& file,
                       std::vector<Diagnostic>& diagnostics) const;
  void add_operand(const YamlNode& value, PatternFlag flags,
                   const std::string& file,
                   std::vector<Diagnostic>& diagnostics);
  [[nodiscard]] std::optional<std::vector<std::string>> spellings(
      const std::string& text) const;
  [[nodiscard]] bool test_one(const Operand& operand, const Event& event,
                              std::optional<std::string_view> value) const;
  [[nodiscard]] bool test_value(const Operand& operand, std::string_view value,
                                std::string_view text) const;
};

}  // namespace deskfall
