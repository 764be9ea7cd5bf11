// TextPage: lines for a terminal of a given width.
//
//   TextPage page(80, Color::kNone);
//   page.item(2, "damaged", Tone::kBad, "SRV01 Security: 128 kB dropped");
//
// gives an indented label and a text that wraps beside it. Every text is made
// safe here (safe_text.h); colour goes around our own labels only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "report/render.h"

namespace deskfall {

enum class Tone : std::uint8_t { kPlain, kStrong, kQuiet, kGood, kBad, kWarn };

class TextPage {
 public:
  TextPage(int columns, Color color);

  void blank() { out_ += '\n'; }

  /// A wrapped paragraph.
  void text(std::size_t indent, std::string_view text,
            Tone tone = Tone::kPlain);

  /// A label and, from a fixed column on, a wrapped text. An empty label
  /// continues the item above.
  void item(std::size_t indent, std::string_view label, Tone tone,
            std::string_view text);

  /// One line beside the labels, cut where the terminal ends.
  void detail(std::size_t indent, std::string_view text);

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  [[nodiscard]] std::string paint(Tone tone, std::string_view text) const;
  [[nodiscard]] std::size_t room(std::size_t used) const;

  std::string out_;
  std::size_t columns_;
  Color color_;
};

}  // namespace deskfall
