#include "report/text_page.h"

#include <algorithm>
#include <utility>

#include "report/safe_text.h"

namespace deskfall {

namespace {

constexpr int kLeastColumns = 40;
/// Longer lines are hard to follow with the eye.
constexpr int kMostColumns = 120;
/// Fits "decided by (12)" and a space.
constexpr std::size_t kLabelColumns = 16;

std::string_view sgr(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kQuiet:
      return "\x1b[2m";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kBad:
      return "\x1b[31m";
    case Tone::kWarn:
      return "\x1b[33m";
  }
  return "";
}

}  // namespace

TextPage::TextPage(int columns, Color color)
    : columns_(static_cast<std::size_t>(
          std::clamp(columns, kLeastColumns, kMostColumns))),
      color_(color) {}

void TextPage::text(std::size_t indent, std::string_view text, Tone tone) {
  for (const std::string& line : wrap(text, room(indent))) {
    out_.append(indent, ' ');
    out_ += paint(tone, line);
    out_ += '\n';
  }
}

void TextPage::item(std::size_t indent, std::string_view label, Tone tone,
                    std::string_view text) {
  const std::size_t beside = indent + kLabelColumns;
  std::string head = paint(tone, label);
  head.append(kLabelColumns - std::min(kLabelColumns, label.size()), ' ');
  for (const std::string& line : wrap(text, room(beside))) {
    out_.append(indent, ' ');
    out_ += std::exchange(head, std::string(kLabelColumns, ' '));
    out_ += line;
    out_ += '\n';
  }
}

void TextPage::detail(std::size_t indent, std::string_view text) {
  const std::size_t beside = indent + kLabelColumns;
  out_.append(beside, ' ');
  out_ += paint(Tone::kQuiet, fit(text, room(beside)));
  out_ += '\n';
}

std::string TextPage::paint(Tone tone, std::string_view text) const {
  if (color_ == Color::kNone || tone == Tone::kPlain || text.empty()) {
    return std::string(text);
  }
  return std::string(sgr(tone)) + std::string(text) + "\x1b[0m";
}

std::size_t TextPage::room(std::size_t used) const {
  return columns_ > used ? columns_ - used : 0;
}

}  // namespace deskfall
