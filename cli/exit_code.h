// Exit status: what a script may rely on.
#pragma once

namespace deskfall {

enum class ExitCode {
  kDone = 0,        ///< finished, all evidence read
  kCouldNot = 1,    ///< an input could not be used or an output not written
  kUsage = 2,       ///< the command line is wrong
  kIncomplete = 3,  ///< finished, but some evidence could not be read
  kFailOn = 10,     ///< what --fail-on asks for was found
  kInterrupted = 130
};

}  // namespace deskfall
