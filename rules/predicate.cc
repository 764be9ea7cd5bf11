#include "rules/predicate.h"

#include <arpa/inet.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "ingest/suggest.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

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
  kGreaterEqual,
  kFieldRef
};

char fold(char c, Case mode) {
  return mode == Case::kIgnore && c >= 'A' && c <= 'Z'
             ? static_cast<char>(c - 'A' + 'a')
             : c;
}

/// An address as 16 bytes, IPv4 mapped, so that one comparison serves both.
using Address = std::array<std::uint8_t, 16>;

std::optional<Address> parse_address(std::string_view text) {
  const std::string copy(text);
  Address bytes{};
  in_addr v4{};
  if (inet_pton(AF_INET, copy.c_str(), &v4) == 1) {
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(bytes.data() + 12, &v4, 4);
    return bytes;
  }
  in6_addr v6{};
  if (inet_pton(AF_INET6, copy.c_str(), &v6) == 1) {
    std::memcpy(bytes.data(), &v6, 16);
    return bytes;
  }
  return std::nullopt;
}

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

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) {
    return std::nullopt;
  }
  const bool v4 = text.find(':') == std::string_view::npos;
  std::uint64_t prefix = v4 ? 32 : 128;
  if (slash != std::string_view::npos) {
    const auto parsed = parse_number(text.substr(slash + 1));
    if (!parsed || *parsed > prefix) {
      return std::nullopt;
    }
    prefix = *parsed;
  }
  return Network{*address, static_cast<int>(prefix) + (v4 ? 96 : 0)};
}

/// `text` before a star of ours: a last lone backslash must not escape it.
std::string before_star(const std::string& text) {
  std::size_t slashes = 0;
  while (slashes < text.size() && text[text.size() - 1 - slashes] == '\\') {
    ++slashes;
  }
  return slashes % 2 == 1 ? text + "\\*" : text + "*";
}

/// One value of the list on the right-hand side.
struct Operand {
  std::string text;
  std::optional<std::uint64_t> number;
  bool null = false;
  std::unique_ptr<RE2> regex;
  Network network;
};

const std::vector<std::string>& modifier_names() {
  static const std::vector<std::string> kNames = {
      "contains", "startswith", "endswith", "all",    "re",    "i",
      "m",        "s",          "cidr",     "exists", "cased", "neq",
      "fieldref", "lt",         "lte",      "gt",     "gte"};
  return kNames;
}

}  // namespace

struct Predicate::Impl {
  std::string field;
  Test test = Test::kEquals;
  Case mode = Case::kIgnore;
  bool all = false;
  bool negated = false;
  std::vector<Operand> operands;

  void set_modifier(std::string_view name, RE2::Options& regex,
                    const YamlNode& key, const std::string& file,
                    std::vector<Diagnostic>& diagnostics);
  void add_operand(const YamlNode& value, const RE2::Options& regex,
                   const std::string& file,
                   std::vector<Diagnostic>& diagnostics);
  [[nodiscard]] bool test_one(const Operand& operand, const Event& event,
                              std::optional<std::string_view> value) const;
};

void Predicate::Impl::set_modifier(std::string_view name, RE2::Options& regex,
                                   const YamlNode& key, const std::string& file,
                                   std::vector<Diagnostic>& diagnostics) {
  if (name == "contains") {
    test = Test::kContains;
  } else if (name == "startswith") {
    test = Test::kStartsWith;
  } else if (name == "endswith") {
    test = Test::kEndsWith;
  } else if (name == "re") {
    test = Test::kRegex;
  } else if (name == "i") {
    regex.set_case_sensitive(false);
  } else if (name == "m") {
    regex.set_one_line(false);
  } else if (name == "s") {
    regex.set_dot_nl(true);
  } else if (name == "cidr") {
    test = Test::kCidr;
  } else if (name == "exists") {
    test = Test::kExists;
  } else if (name == "lt") {
    test = Test::kLess;
  } else if (name == "lte") {
    test = Test::kLessEqual;
  } else if (name == "gt") {
    test = Test::kGreater;
  } else if (name == "gte") {
    test = Test::kGreaterEqual;
  } else if (name == "fieldref") {
    test = Test::kFieldRef;
  } else if (name == "all") {
    all = true;
  } else if (name == "cased") {
    mode = Case::kKeep;
  } else if (name == "neq") {
    negated = true;
  } else {
    diagnostics.push_back(
        {file, key.line, key.column,
         "modifier '" + std::string(name) + "' is not supported",
         suggest(name, modifier_names())});
  }
}

void Predicate::Impl::add_operand(const YamlNode& value,
                                  const RE2::Options& regex,
                                  const std::string& file,
                                  std::vector<Diagnostic>& diagnostics) {
  const auto complain = [&](const std::string& message) {
    diagnostics.push_back({file, value.line, value.column, message, ""});
  };
  Operand operand;
  if (value.is_null()) {
    operand.null = true;
  } else if (!value.is_scalar()) {
    complain("a value must be plain text, a number or null");
  } else {
    operand.text = value.scalar;
    if (!value.quoted) {
      operand.number = parse_number(value.scalar);
    }
  }
  if (test == Test::kRegex) {
    operand.regex = std::make_unique<RE2>(operand.text, regex);
    if (!operand.regex->ok()) {
      complain("the pattern does not compile: " + operand.regex->error());
    }
  } else if (test == Test::kExists) {
    if (operand.text != "true" && operand.text != "false") {
      complain("'exists' must be true or false");
    }
  } else if (test == Test::kCidr) {
    const auto network = parse_network(operand.text);
    if (network) {
      operand.network = *network;
    } else {
      complain("'" + operand.text + "' is not an address or a network");
    }
  } else if (test == Test::kLess || test == Test::kLessEqual ||
             test == Test::kGreater || test == Test::kGreaterEqual) {
    operand.number = parse_number(operand.text);
    if (!operand.number) {
      complain("a comparison needs a whole number");
    }
  }
  operands.push_back(std::move(operand));
}

bool Predicate::Impl::test_one(const Operand& operand, const Event& event,
                               std::optional<std::string_view> value) const {
  if (test == Test::kExists) {
    const bool wanted = operand.text != "false";
    return value.has_value() == wanted;
  }
  if (operand.null) {
    return !value || value->empty();
  }
  if (!value) {
    return false;
  }
  const auto number = [&value] { return parse_number(*value); };
  switch (test) {
    case Test::kEquals:
      if (operand.number) {
        const auto parsed = number();
        return parsed ? *parsed == *operand.number : *value == operand.text;
      }
      return wildcard_match(operand.text, *value, mode);
    case Test::kContains:
      return wildcard_match("*" + before_star(operand.text), *value, mode);
    case Test::kStartsWith:
      return wildcard_match(before_star(operand.text), *value, mode);
    case Test::kEndsWith:
      return wildcard_match("*" + operand.text, *value, mode);
    case Test::kRegex:
      return operand.regex->ok() &&
             RE2::PartialMatch(re2::StringPiece(value->data(), value->size()),
                               *operand.regex);
    case Test::kCidr: {
      const auto address = parse_address(*value);
      return address && operand.network.contains(*address);
    }
    case Test::kLess:
      return number() && *number() < operand.number.value_or(0);
    case Test::kLessEqual:
      return number() && *number() <= operand.number.value_or(0);
    case Test::kGreater:
      return number() && *number() > operand.number.value_or(0);
    case Test::kGreaterEqual:
      return number() && *number() >= operand.number.value_or(0);
    case Test::kFieldRef: {
      std::string scratch;
      const auto other = field_value(event, operand.text, scratch);
      return other && equals_ignore_case(*other, *value);
    }
    case Test::kExists:
      break;
  }
  return false;
}

Predicate::Predicate(const YamlNode& key, const YamlNode& value,
                     const std::string& file,
                     std::vector<Diagnostic>& diagnostics)
    : impl_(std::make_unique<Impl>()) {
  const auto parts = split(key.scalar, '|');
  impl_->field = parts[0];
  RE2::Options regex;
  regex.set_log_errors(false);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    impl_->set_modifier(parts[i], regex, key, file, diagnostics);
  }
  if (impl_->field.empty()) {
    diagnostics.push_back(
        {file, key.line, key.column, "a test needs the name of a field", ""});
  }
  if (value.is_list() && value.list.empty()) {
    diagnostics.push_back(
        {file, value.line, value.column, "an empty list asks for nothing", ""});
  }
  if (value.is_list()) {
    for (const YamlNode& item : value.list) {
      impl_->add_operand(item, regex, file, diagnostics);
    }
  } else {
    impl_->add_operand(value, regex, file, diagnostics);
  }
}

Predicate::~Predicate() = default;
Predicate::Predicate(Predicate&&) noexcept = default;
Predicate& Predicate::operator=(Predicate&&) noexcept = default;

bool Predicate::matches(const Event& event) const {
  std::string scratch;
  const auto value = field_value(event, impl_->field, scratch);
  const auto test = [&](const Operand& operand) {
    return impl_->test_one(operand, event, value);
  };
  const bool hit =
      impl_->all
          ? std::all_of(impl_->operands.begin(), impl_->operands.end(), test)
          : std::any_of(impl_->operands.begin(), impl_->operands.end(), test);
  return hit != impl_->negated;
}

std::optional<std::vector<std::uint32_t>> Predicate::event_ids() const {
  if (impl_->field != "EventID" || impl_->test != Test::kEquals ||
      impl_->negated) {
    return std::nullopt;
  }
  std::vector<std::uint32_t> ids;
  for (const Operand& operand : impl_->operands) {
    if (!operand.number) {
      return std::nullopt;
    }
    ids.push_back(static_cast<std::uint32_t>(*operand.number));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::optional<std::string_view> field_value(const Event& event,
                                            std::string_view name,
                                            std::string& scratch) {
  const auto text = [](const std::string& value) {
    return value.empty() ? std::nullopt
                         : std::optional<std::string_view>(value);
  };
  const auto number = [&scratch](std::uint64_t value) {
    scratch = std::to_string(value);
    return std::optional<std::string_view>(scratch);
  };
  if (name == "EventID") {
    return number(event.event_id);
  }
  if (name == "Provider_Name") {
    return text(event.provider);
  }
  if (name == "Channel") {
    return text(event.channel);
  }
  if (name == "Computer") {
    return text(event.host);
  }
  if (name == "Level") {
    return number(event.level);
  }
  if (name == "ActivityID") {
    return text(event.activity_id);
  }
  if (name == "UserID") {
    return text(event.user_sid);
  }
  if (name == "ProcessID" && !event.fields.get(name)) {
    return number(event.process_id);
  }
  return event.fields.get(name);
}

bool wildcard_match(std::string_view pattern, std::string_view text,
                    Case mode) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    bool step = false;
    if (p < pattern.size()) {
      const char c = pattern[p];
      if (c == '*') {
        star = p++;
        resume = t;
        continue;
      }
      const bool escaped = c == '\\' && p + 1 < pattern.size() &&
                           (pattern[p + 1] == '*' || pattern[p + 1] == '?' ||
                            pattern[p + 1] == '\\');
      const char wanted = escaped ? pattern[p + 1] : c;
      if ((c == '?' && !escaped) || fold(wanted, mode) == fold(text[t], mode)) {
        p += escaped ? 2 : 1;
        ++t;
        step = true;
      }
    }
    if (!step) {
      if (star == std::string_view::npos) {
        return false;
      }
      p = star + 1;
      t = ++resume;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

bool wildcard_contains(std::string_view pattern, std::string_view text) {
  return wildcard_match("*" + before_star(std::string(pattern)), text,
                        Case::kIgnore);
}

}  // namespace deskfall
