#include "rules/rule_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "ingest/suggest.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

std::optional<double> parse_double(std::string_view text) {
  double value = 0;
  const auto parsed =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc{} ||
      parsed.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<Ticks> parse_duration(std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
  }
  const std::size_t unit_at = text.find_first_not_of("-0123456789.");
  if (unit_at == std::string_view::npos) {
    return std::nullopt;
  }
  const auto value = parse_double(text.substr(0, unit_at));
  const std::string_view unit = text.substr(unit_at);
  const Ticks ticks = unit == "ms"  ? kTicksPerMillisecond
                      : unit == "s" ? kTicksPerSecond
                      : unit == "m" ? kTicksPerMinute
                      : unit == "h" ? kTicksPerHour
                      : unit == "d" ? kTicksPerDay
                                    : 0;
  if (!value || ticks == 0) {
    return std::nullopt;
  }
  // A year is the longest span a rule can mean.
  const double length = *value * static_cast<double>(ticks);
  if (std::abs(length) > 400 * static_cast<double>(kTicksPerDay)) {
    return std::nullopt;
  }
  return std::llround(length);
}

RuleReader::RuleReader(const YamlNode& map, const std::string& file,
                       std::vector<Diagnostic>& diagnostics)
    : map_(map), file_(file), diagnostics_(diagnostics) {
  if (!map.is_map()) {
    complain("a map of keys is expected here");
  }
}

const YamlNode* RuleReader::node(std::string_view key) {
  asked_.emplace_back(key);
  return map_.find(key);
}

const std::vector<YamlNode>& RuleReader::list(std::string_view key) {
  static const std::vector<YamlNode> kEmpty;
  const YamlNode* value = node(key);
  if (value == nullptr) {
    return kEmpty;
  }
  if (!value->is_list()) {
    complain(*value, "'" + std::string(key) + "' must be a list");
  }
  return value->list;
}

void RuleReader::complain_at(std::string_view key, const std::string& message,
                             const std::string& hint) {
  const YamlNode* value = map_.find(key);
  complain(value == nullptr ? map_ : *value, message, hint);
}

void RuleReader::complain(const YamlNode& at, const std::string& message,
                          const std::string& hint) {
  diagnostics_.push_back({file_, at.line, at.column, message, hint});
}

std::string RuleReader::text(std::string_view key, Need need) {
  const YamlNode* value = node(key);
  if (value == nullptr || value->is_null()) {
    if (need == Need::kRequired) {
      complain("'" + std::string(key) + "' is missing");
    }
    return {};
  }
  if (!value->is_scalar()) {
    complain(*value, "'" + std::string(key) + "' must be text");
    return {};
  }
  return std::string(trim(value->scalar));
}

std::vector<std::string> RuleReader::texts(std::string_view key, Need need) {
  const YamlNode* value = node(key);
  std::vector<std::string> out;
  if (value == nullptr || value->is_null()) {
    if (need == Need::kRequired) {
      complain("'" + std::string(key) + "' is missing");
    }
    return out;
  }
  if (value->is_scalar()) {
    out.emplace_back(trim(value->scalar));
    return out;
  }
  for (const YamlNode& item : value->list) {
    if (item.is_scalar()) {
      out.emplace_back(trim(item.scalar));
    } else {
      complain(item, "a text is expected here");
    }
  }
  if (value->is_map()) {
    complain(*value, "'" + std::string(key) + "' must be a text or a list");
  }
  return out;
}

std::optional<std::uint32_t> RuleReader::number(std::string_view key) {
  const YamlNode* value = node(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  const auto parsed = parse_number(value->scalar);
  if (!parsed || *parsed > UINT32_MAX) {
    complain(*value,
             "'" + std::string(key) + "' must be a whole number of 32 bits");
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*parsed);
}

std::optional<double> RuleReader::probability(std::string_view key) {
  const YamlNode* value = node(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  std::string_view digits = value->scalar;
  double scale = 1;
  if (!digits.empty() && digits.back() == '%') {
    digits.remove_suffix(1);
    scale = 100;
  }
  const auto parsed = parse_double(digits);
  // Asked this way round, "nan" fails too.
  const bool fits = parsed && *parsed / scale > 0 && *parsed / scale < 1;
  if (!fits) {
    complain(*value,
             "'" + std::string(key) +
                 "' must be a probability strictly between 0 and 1",
             "write 12% or 0.12; nothing is certain");
    return std::nullopt;
  }
  return *parsed / scale;
}

bool RuleReader::flag(std::string_view key, bool fallback) {
  const YamlNode* value = node(key);
  if (value == nullptr) {
    return fallback;
  }
  if (value->scalar != "yes" && value->scalar != "no") {
    complain(*value, "'" + std::string(key) + "' must be yes or no");
    return fallback;
  }
  return value->scalar == "yes";
}

std::optional<std::pair<Ticks, Ticks>> RuleReader::span(std::string_view key) {
  const YamlNode* value = node(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->list.size() == 2) {
    const auto from = parse_duration(value->list[0].scalar);
    const auto to = parse_duration(value->list[1].scalar);
    if (from && to && *from <= *to) {
      return std::pair{*from, *to};
    }
  }
  complain(*value, "'" + std::string(key) + "' must be [from, to]",
           "for example [-10s, +2s]; units ms s m h d");
  return std::nullopt;
}

void RuleReader::close() {
  for (const auto& [key, value] : map_.map) {
    if (std::find(asked_.begin(), asked_.end(), key.scalar) == asked_.end()) {
      complain(key, "unknown key '" + key.scalar + "'",
               suggest(key.scalar, asked_));
    }
  }
}

}  // namespace deskfall
