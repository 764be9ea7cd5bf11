#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "ingest/text.h"
#include "report/safe_text.h"

namespace deskfall {

Console::Console(const Args& args) {
  quiet_ = args.quiet;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) {
    columns_ = size.ws_col;
  }
  const bool no_color = std::getenv("NO_COLOR") != nullptr;
  color_ = args.color == "always" ||
           (args.color == "auto" && !no_color && ::isatty(STDOUT_FILENO) == 1);
  progress_ =
      args.progress == "always" ||
      (args.progress == "auto" && !quiet_ && ::isatty(STDERR_FILENO) == 1);
}

void Console::out(std::string_view text) const {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void Console::say(const std::string& line) const {
  if (!quiet_) {
    std::fprintf(stderr, "%s\n", terminal_text(line).c_str());
  }
}

void Console::complain(const Error& error) const {
  std::fprintf(stderr, "deskfall: %s\n", terminal_text(error.text()).c_str());
}

void Console::progress(const std::string& line) {
  if (!progress_) {
    return;
  }
  const auto most = static_cast<std::size_t>(columns_ - 1);
  std::fprintf(stderr, "\r\x1b[K%s", elide(line, most).c_str());
  std::fflush(stderr);
  progress_shown_ = true;
}

void Console::end_progress() {
  if (progress_shown_) {
    std::fprintf(stderr, "\r\x1b[K");
    progress_shown_ = false;
  }
}

std::string terminal_text(std::string_view text) {
  std::string out;
  for (const std::string_view line : split(text, '\n')) {
    out += (out.empty() ? "" : "\n") + one_line(line);
  }
  return out;
}

}  // namespace deskfall
