// Open connections: whose record is this, when exports lost the activity ids?
//
// Several connections may be open at once. A record says which one it belongs
// to by the name RDP-Tcp#7, by an address or by a session number; failing
// that, the sequence tells: set-up records belong to the youngest connection
// that is not set up, the records of an end to the one that is ending.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/case_data.h"

namespace deskfall {

class OpenConnections {
 public:
  /// A TCP accept (131). A connection that was open from the same address and
  /// port is over.
  void accept(const CaseEvent& event, std::size_t number);
  /// A connection of which the log shows only the later part.
  void resume(const CaseEvent& event, std::size_t number);

  /// The connection of any other record; nothing when none is open. An end
  /// (103) closes it, but its last records still find it for two seconds.
  [[nodiscard]] std::optional<std::size_t> find(const CaseEvent& event);

  /// Records that come after an end and never open anything.
  [[nodiscard]] static bool is_aftermath(const CaseEvent& event);

 private:
  struct Open {
    std::size_t number = 0;
    std::string peer;     ///< "192.0.2.7:50001"
    std::string address;  ///< "192.0.2.7"
    std::string name;     ///< "RDP-Tcp#7"
    std::string session;
    Instant touched;
    bool set_up = false;
    bool ending = false;
    bool over = false;
  };

  [[nodiscard]] Open* by_mark(const CaseEvent& event);
  [[nodiscard]] Open* by_sequence(const CaseEvent& event);
  void forget_old(Instant now);

  std::vector<Open> open_;  ///< by accept
};

}  // namespace deskfall
