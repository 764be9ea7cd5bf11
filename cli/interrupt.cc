#include "cli/interrupt.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>

#include "cli/exit_code.h"

namespace deskfall {

namespace {

// A handler may touch little more than atomics and unlink: paths lie in fixed
// buffers and are published by a flag.
struct Slot {
  std::atomic<bool> used{false};
  std::array<char, 4096> path{};
};
std::array<Slot, 8> g_slots;

extern "C" void on_interrupt(int) {
  for (Slot& slot : g_slots) {
    if (slot.used.load()) {
      ::unlink(slot.path.data());
    }
  }
  ::_exit(static_cast<int>(ExitCode::kInterrupted));
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}

Unfinished::Unfinished(const std::string& path) : slot_(g_slots.size()) {
  for (std::size_t i = 0; i < g_slots.size(); ++i) {
    Slot& slot = g_slots[i];
    if (!slot.used.load() && path.size() < slot.path.size()) {
      std::memcpy(slot.path.data(), path.c_str(), path.size() + 1);
      slot.used.store(true);
      slot_ = i;
      return;
    }
  }
}

void Unfinished::keep() {
  if (slot_ < g_slots.size()) {
    g_slots[slot_].used.store(false);
  }
  slot_ = g_slots.size();
}

}  // namespace deskfall
