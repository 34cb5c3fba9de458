#include "runtime/tools/common/temporaries.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>

namespace qrun::tools::temporaries {
namespace {

std::array<std::atomic<const char*>, 64> paths;
static_assert(std::atomic<const char*>::is_always_lock_free, "a signal handler reads them");

extern "C" void remove_all_and_end(int signal) {
  for (auto& slot : paths) {
    if (const char* path = slot.exchange(nullptr)) ::unlink(path);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// A signal that the parent ignores (nohup) stays ignored.
bool install_handlers() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (std::signal(signal, remove_all_and_end) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
  return true;
}

}  // namespace

void add(const char* path) {
  [[maybe_unused]] static const bool installed = install_handlers();
  for (auto& slot : paths) {
    const char* empty = nullptr;
    if (slot.compare_exchange_strong(empty, path)) return;
  }
}

void remove(const char* path) {
  for (auto& slot : paths) {
    const char* expected = path;
    if (slot.compare_exchange_strong(expected, nullptr)) return;
  }
}

}  // namespace qrun::tools::temporaries
