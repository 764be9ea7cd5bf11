#include "cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

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

void Console::out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) < text.size()) {
    note_loss();
  }
}

void Console::note_loss() {
  // A reader who had enough is no error; a full disk is.
  if (errno != EPIPE) {
    lost_ = errno;
  }
}

void Console::flush() {
  if (std::fflush(stdout) != 0) {
    note_loss();
  }
}

Result<void> Console::finish() {
  end_progress();
  flush();
  if (lost_ != 0) {
    return fail(ErrorKind::kOutput,
                std::string("cannot write the output: ") + std::strerror(lost_),
                "standard output");
  }
  return {};
}

void Console::talk(const std::string& lines) {
  // Both outputs may be one file: what was said before stands before.
  flush();
  std::fprintf(stderr, "%s\n", lines.c_str());
}

void Console::say(const std::string& line) {
  if (!quiet_) {
    talk(terminal_text(line));
  }
}

void Console::complain(const Error& error) {
  talk("deskfall: " + terminal_text(error.text()));
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
