// Console: where the program talks. Data goes to `out`, talk to `err`; nothing
// else in the tree prints.
#pragma once

#include <string>
#include <string_view>

#include "cli/args.h"
#include "cli/exit_code.h"
#include "ingest/result.h"

namespace deskfall {

class Console {
 public:
  explicit Console(const Args& args);

  /// Results, to standard output.
  void out(std::string_view text);
  /// A line of talk, to standard error; silent with -q.
  void say(const std::string& line);
  /// An error, to standard error, whatever -q says.
  void complain(const Error& error);

  /// One line that is written over, only on a terminal.
  void progress(const std::string& line);
  void end_progress();

  /// Writes what waits; an error if any result since the start was lost.
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] bool color() const { return color_; }
  [[nodiscard]] int columns() const { return columns_; }

 private:
  void talk(const std::string& lines);
  void flush();
  void note_loss();

  bool quiet_ = false;
  bool color_ = false;
  bool progress_ = false;
  bool progress_shown_ = false;
  int columns_ = 80;
  int lost_ = 0;  ///< errno of a result that could not be written
};

/// Text for standard error: what could act on a terminal is made visible, line
/// breaks stay.
[[nodiscard]] std::string terminal_text(std::string_view text);

/// The command's way out.
using Finished = Result<ExitCode>;

}  // namespace deskfall
