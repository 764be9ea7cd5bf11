#include "cli/commands.h"

namespace deskfall {

Finished run_demo(const Args&, Console&) {
  return fail(ErrorKind::kInternal, "no demo yet");
}

}  // namespace deskfall
