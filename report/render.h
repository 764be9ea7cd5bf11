// Render: a report as text, JSON, HTML or Markdown.
//
// Everything was decided before (engine/report.h); here it is only written
// down, each format in a file of its own:
//
//   RenderOptions options;
//   options.columns = 100;
//   std::cout << render(report, RenderFormat::kText, options);
//
// Same report, same options: same bytes. All texts of the report count as
// hostile: nothing in them acts on the terminal, the browser or the page they
// are pasted into. The JSON is data and takes no options: its times are UTC,
// its texts whole.
#pragma once

#include <cstdint>
#include <string>

#include "engine/report.h"
#include "ingest/instant.h"

namespace deskfall {

enum class RenderFormat : std::uint8_t { kText, kJson, kHtml, kMarkdown };

enum class Color : std::uint8_t {
  kNone,  ///< words and signs carry everything
  kAnsi   ///< the same, with SGR colours on words of ours
};

struct RenderOptions {
  Zone zone;         ///< times are shown in; UTC when not set
  int columns = 80;  ///< of the terminal; text only, at least 40 are used
  Color color = Color::kNone;  ///< text only
};

[[nodiscard]] std::string render(const Report& report, RenderFormat format,
                                 const RenderOptions& options);

/// The first screen: what was read, then one card per failure.
[[nodiscard]] std::string render_text(const Report& report,
                                      const RenderOptions& options);

/// "deskfall.report/1", see report/deskfall.report.schema.json.
[[nodiscard]] std::string render_json(const Report& report);

/// One page with its style inside: no script, nothing fetched.
[[nodiscard]] std::string render_html(const Report& report,
                                      const RenderOptions& options);

/// GitHub flavour, to paste into a ticket or a post-mortem.
[[nodiscard]] std::string render_markdown(const Report& report,
                                          const RenderOptions& options);

}  // namespace deskfall
