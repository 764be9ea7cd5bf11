#include "cli/version.h"

namespace deskfall {

std::string version() {
  return DESKFALL_VERSION;
}

}  // namespace deskfall
