#include "rules/predicate.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "ingest/suggest.h"
#include "ingest/text.h"
#include "rules/predicate_impl.h"

namespace deskfall {

namespace {

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

const std::vector<std::string>& modifier_names() {
  static const std::vector<std::string> kNames = {
      "contains", "startswith", "endswith", "all",    "re",
      "i",        "m",          "s",        "cidr",   "exists",
      "cased",    "neq",        "fieldref", "lt",     "lte",
      "gt",       "gte",        "windash",  "base64", "base64offset",
      "utf16",    "utf16le",    "utf16be",  "wide"};
  return kNames;
}

std::optional<Test> test_of(std::string_view name) {
  static constexpr std::pair<std::string_view, Test> kTests[] = {
      {"contains", Test::kContains}, {"startswith", Test::kStartsWith},
      {"endswith", Test::kEndsWith}, {"re", Test::kRegex},
      {"cidr", Test::kCidr},         {"exists", Test::kExists},
      {"lt", Test::kLess},           {"lte", Test::kLessEqual},
      {"gt", Test::kGreater},        {"gte", Test::kGreaterEqual}};
  for (const auto& [known, test] : kTests) {
    if (known == name) {
      return test;
    }
  }
  return std::nullopt;
}

std::optional<TextEncoding> encoding_of(std::string_view name) {
  return name == "wide" || name == "utf16le"
             ? std::optional(TextEncoding::kUtf16le)
         : name == "utf16be" ? std::optional(TextEncoding::kUtf16be)
         : name == "utf16"   ? std::optional(TextEncoding::kUtf16)
                             : std::nullopt;
}

/// Modifiers that Sigma knows and we cannot honour, with what to do instead.
std::string_view refused_modifier(std::string_view name) {
  if (name == "expand") {
    return "placeholders have no values here; write the values out";
  }
  for (const std::string_view part :
       {"minute", "hour", "day", "week", "month", "year"}) {
    if (name == part) {
      return "parts of a time are not tested; a cause gives windows";
    }
  }
  return {};
}

}  // namespace

void Predicate::Impl::set_modifier(std::string_view name, bool& tested,
                                   PatternFlag& flags, const YamlNode& node,
                                   const std::string& file,
                                   std::vector<Diagnostic>& diagnostics) {
  const auto complain = [&](const std::string& message,
                            const std::string& hint) {
    diagnostics.push_back({file, node.line, node.column, message, hint});
  };
  const std::string quoted = "'" + std::string(name) + "'";
  if (const auto wanted = test_of(name)) {
    if (tested) {
      complain(quoted + " cannot follow another test", "a field has one test");
    }
    test = *wanted;
    tested = true;
  } else if (name == "i" || name == "m" || name == "s") {
    if (test != Test::kRegex) {
      complain(quoted + " is a flag of a pattern", "write it after re");
    }
    if (name == "i") {
      flags = flags | PatternFlag::kIgnoreCase;
    } else if (name == "m") {
      flags = flags | PatternFlag::kLines;
    } else {
      flags = flags | PatternFlag::kDotAll;
    }
  } else if (name == "fieldref") {
    reference = true;
  } else if (name == "all") {
    all = true;
  } else if (name == "cased") {
    mode = Case::kKeep;
  } else if (name == "neq") {
    negated = true;
  } else if (name == "windash") {
    dashes = true;
  } else if (name == "base64") {
    base64 = Base64::kWhole;
  } else if (name == "base64offset") {
    base64 = Base64::kOffset;
  } else if (const auto wanted_encoding = encoding_of(name)) {
    encoding = *wanted_encoding;
    if (base64 != Base64::kNo) {
      complain(quoted + " comes before base64", "such as wide|base64offset");
    }
  } else {
    const std::string_view refused = refused_modifier(name);
    complain("modifier " + quoted + " is not supported",
             refused.empty() ? suggest(name, modifier_names())
                             : std::string(refused));
  }
}

void Predicate::Impl::check_modifiers(
    const YamlNode& node, const std::string& file,
    std::vector<Diagnostic>& diagnostics) const {
  const auto complain = [&](const std::string& message,
                            const std::string& hint) {
    diagnostics.push_back({file, node.line, node.column, message, hint});
  };
  const bool textual = test == Test::kEquals || test == Test::kContains ||
                       test == Test::kStartsWith || test == Test::kEndsWith;
  if (encoding != TextEncoding::kUtf8 && base64 == Base64::kNo) {
    complain("an encoding is for base64",
             "fields are text already; write wide|base64offset|contains");
  }
  if ((base64 != Base64::kNo || dashes || reference) && !textual) {
    complain("windash, base64 and fieldref go with texts only",
             "with none of re, cidr, exists, lt, lte, gt, gte");
  }
  if (reference && (base64 != Base64::kNo || dashes)) {
    complain("fieldref names a field, no value", "");
  }
  if (field.empty() && (reference || test == Test::kExists)) {
    complain("a test needs the name of a field", "");
  }
}

/// What an operand may look like in a log; nothing when there is too much.
std::optional<std::vector<std::string>> Predicate::Impl::spellings(
    const std::string& text) const {
  std::vector<std::string> out = {text};
  if (dashes) {
    const auto spelled = dash_spellings(text);
    if (!spelled) {
      return std::nullopt;
    }
    out = *spelled;
  }
  if (base64 == Base64::kNo) {
    return out;
  }
  std::vector<std::string> encoded;
  for (const std::string& one : out) {
    const std::string bytes = encode_text(one, encoding);
    if (base64 == Base64::kWhole) {
      encoded.push_back(deskfall::base64(bytes));
    } else {
      const std::vector<std::string> forms = base64_offsets(bytes);
      encoded.insert(encoded.end(), forms.begin(), forms.end());
    }
  }
  return encoded;
}

void Predicate::Impl::add_operand(const YamlNode& value, PatternFlag flags,
                                  const std::string& file,
                                  std::vector<Diagnostic>& diagnostics) {
  const auto complain = [&](const std::string& message,
                            const std::string& hint = {}) {
    diagnostics.push_back({file, value.line, value.column, message, hint});
  };
  Operand operand;
  if (value.is_null()) {
    operand.null = true;
  } else if (!value.is_scalar()) {
    complain("a value must be plain text, a number or null");
  } else {
    operand.text = value.scalar;
    const bool plain = !dashes && base64 == Base64::kNo && !reference;
    if (!value.quoted && plain) {
      operand.number = parse_number(value.scalar);
    }
    if (const auto forms = spellings(operand.text); !forms) {
      complain("too many dashes for windash", "at most four");
    } else if (forms->empty()) {
      complain("too short for base64offset", "at least two bytes");
    } else {
      operand.forms = *forms;
    }
    if (base64 != Base64::kNo &&
        operand.text.find_first_of("*?") != std::string::npos) {
      complain("a wildcard cannot be encoded", "write the text out");
    }
  }
  if (test == Test::kRegex) {
    operand.regex.emplace(operand.text, flags);
    if (!operand.regex->problem().empty()) {
      complain("the pattern does not compile: " + operand.regex->problem());
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
  } else if (compares_numbers(test)) {
    operand.number = parse_number(operand.text);
    if (!operand.number) {
      complain("a comparison needs a whole number");
    }
  }
  operands.push_back(std::move(operand));
}

/// `text` is the operand as it may be spelt, or the other field's value.
bool Predicate::Impl::test_value(const Operand& operand, std::string_view value,
                                 std::string_view text) const {
  const auto number = [&value] { return parse_number(value); };
  switch (test) {
    case Test::kEquals:
      if (operand.number) {
        const auto parsed = number();
        return parsed ? *parsed == *operand.number : value == operand.text;
      }
      return wildcard_match(text, value, mode);
    case Test::kContains:
      return wildcard_match("*" + before_star(std::string(text)), value, mode);
    case Test::kStartsWith:
      return wildcard_match(before_star(std::string(text)), value, mode);
    case Test::kEndsWith:
      return wildcard_match("*" + std::string(text), value, mode);
    case Test::kRegex:
      return operand.regex && operand.regex->matches(value);
    case Test::kCidr: {
      const auto address = parse_address(value);
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
    case Test::kExists:
      break;
  }
  return false;
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
  if (reference) {
    std::string scratch;
    const auto other = field_value(event, operand.text, scratch);
    return other && test_value(operand, *value, escape_wildcards(*other));
  }
  return std::any_of(operand.forms.begin(), operand.forms.end(),
                     [&](const std::string& form) {
                       return test_value(operand, *value, form);
                     });
}

Predicate::Predicate(const YamlNode& key, const YamlNode& value,
                     const std::string& file,
                     std::vector<Diagnostic>& diagnostics)
    : impl_(std::make_unique<Impl>()) {
  const auto parts = split(key.scalar, '|');
  impl_->field = parts[0];
  impl_->key = key.scalar;
  PatternFlag flags = PatternFlag::kNone;
  bool tested = false;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    impl_->set_modifier(parts[i], tested, flags, key, file, diagnostics);
  }
  // Sigma writes keywords that must all occur as '|all': [...].
  if (impl_->field.empty() && !impl_->all) {
    diagnostics.push_back(
        {file, key.line, key.column, "a test needs the name of a field", ""});
  }
  impl_->check_modifiers(key, file, diagnostics);
  if (value.is_list() && value.list.empty()) {
    diagnostics.push_back(
        {file, value.line, value.column, "an empty list asks for nothing", ""});
  }
  if (impl_->field.empty() && impl_->test == Test::kEquals) {
    impl_->test = Test::kContains;
  }
  const auto add = [&](const YamlNode& one) {
    impl_->add_operand(one, flags, file, diagnostics);
    impl_->key += one.is_null() ? "\n~" : one.quoted ? "\n'" : "\n=";
    impl_->key += one.scalar;
  };
  if (value.is_list()) {
    std::for_each(value.list.begin(), value.list.end(), add);
  } else {
    add(value);
  }
}

Predicate::~Predicate() = default;
Predicate::Predicate(Predicate&&) noexcept = default;
Predicate& Predicate::operator=(Predicate&&) noexcept = default;

bool Predicate::matches(const Event& event) const {
  const auto quantified = [this](const auto& test) {
    return impl_->all ? std::all_of(impl_->operands.begin(),
                                    impl_->operands.end(), test)
                      : std::any_of(impl_->operands.begin(),
                                    impl_->operands.end(), test);
  };
  if (impl_->field.empty()) {
    const bool hit = quantified([&](const Operand& operand) {
      for (std::size_t i = 0; i < event.fields.size(); ++i) {
        if (impl_->test_one(operand, event, event.fields.value(i))) {
          return true;
        }
      }
      return false;
    });
    return hit != impl_->negated;
  }
  std::string scratch;
  const auto value = field_value(event, impl_->field, scratch);
  const bool hit = quantified([&](const Operand& operand) {
    return impl_->test_one(operand, event, value);
  });
  return hit != impl_->negated;
}

void Predicate::shape(std::map<std::string, std::string>& fields) const {
  const std::string name = impl_->field.empty() ? "Text" : impl_->field;
  if (impl_->negated || impl_->test == Test::kRegex ||
      impl_->operands.empty()) {
    return;
  }
  const Operand& first = impl_->operands.front();
  if (first.null || (impl_->test == Test::kExists && first.text == "false")) {
    return;
  }
  std::string& value = fields[name];
  if (impl_->test == Test::kExists) {
    return;
  }
  if (impl_->reference) {
    value = fields[first.text];
    return;
  }
  if (compares_numbers(impl_->test)) {
    const std::uint64_t bound = first.number.value_or(0);
    const std::uint64_t beyond = impl_->test == Test::kGreater ? bound + 1
                                 : impl_->test == Test::kLess && bound > 0
                                     ? bound - 1
                                     : bound;
    value = std::to_string(beyond);
    return;
  }
  if (impl_->test == Test::kCidr) {
    value = first.text.substr(0, first.text.find('/'));
    return;
  }
  value.clear();
  for (const Operand& operand : impl_->operands) {
    if (!operand.forms.empty()) {
      value += unescape(operand.forms.front());
    }
    if (!impl_->all) {
      break;
    }
  }
}

const std::string& Predicate::field() const {
  return impl_->field;
}

bool Predicate::is_negated() const {
  return impl_->negated;
}

std::vector<std::string> Predicate::patterns() const {
  std::vector<std::string> out;
  if (impl_->test != Test::kRegex || impl_->field.empty() ||
      (impl_->all && impl_->operands.size() > 1)) {
    return out;
  }
  for (const Operand& operand : impl_->operands) {
    if (operand.null || !operand.regex) {
      return {};
    }
    out.push_back(operand.regex->text());
  }
  return out;
}

std::optional<std::vector<std::string>> Predicate::needed() const {
  const Test test = impl_->test;
  const bool textual = test == Test::kEquals || test == Test::kContains ||
                       test == Test::kStartsWith || test == Test::kEndsWith;
  if (!textual || impl_->negated || impl_->reference || impl_->field.empty()) {
    return std::nullopt;
  }
  std::vector<std::string> out;
  for (const Operand& operand : impl_->operands) {
    if (operand.null || operand.number) {
      return std::nullopt;  // a number may be written in two ways
    }
    for (const std::string& form : operand.forms) {
      const std::string literal = longest_literal(form);
      if (literal.empty()) {
        return std::nullopt;
      }
      out.push_back(literal);
    }
  }
  return out;
}

const std::string& Predicate::key() const {
  return impl_->key;
}

std::optional<std::vector<std::uint32_t>> Predicate::event_ids() const {
  if (impl_->field != "EventID" || impl_->test != Test::kEquals ||
      impl_->negated || impl_->reference) {
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

}  // namespace deskfall
