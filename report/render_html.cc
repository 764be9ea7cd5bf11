#include "report/render.h"
namespace deskfall {
std::string render_html(const Report&, const RenderOptions&) {
  return {};
}
}  // namespace deskfall
