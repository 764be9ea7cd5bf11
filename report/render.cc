#include "report/render.h"

namespace deskfall {

std::string render(const Report& report, RenderFormat format,
                   const RenderOptions& options) {
  switch (format) {
    case RenderFormat::kText:
      return render_text(report, options);
    case RenderFormat::kJson:
      return render_json(report);
    case RenderFormat::kHtml:
      return render_html(report, options);
    case RenderFormat::kMarkdown:
      return render_markdown(report, options);
  }
  return {};
}

}  // namespace deskfall
