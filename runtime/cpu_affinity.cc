#include "runtime/cpu_affinity.h"

#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace qrun::runtime {

unsigned usable_cpu_count() {
  const std::size_t usable = usable_cpus().size();
  return usable > 0 ? static_cast<unsigned>(usable) : std::thread::hardware_concurrency();
}

#if defined(__linux__)

std::vector<int> usable_cpus() {
  cpu_set_t set;
  std::vector<int> cpus;
  if (::sched_getaffinity(0, sizeof(set), &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

int current_cpu() { return ::sched_getcpu(); }

void leave_cpu(int cpu) {
  cpu_set_t usable;
  if (cpu < 0 || cpu >= CPU_SETSIZE || ::sched_getaffinity(0, sizeof(usable), &usable) != 0) return;
  cpu_set_t others = usable;
  CPU_CLR(static_cast<std::size_t>(cpu), &others);
  // The first call moves the thread at once, the second leaves it where it then is.
  if (CPU_COUNT(&others) > 0 && ::sched_setaffinity(0, sizeof(others), &others) == 0) {
    ::sched_setaffinity(0, sizeof(usable), &usable);
  }
}

bool keep_on_cpus(std::span<const int> cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) {
    if (cpu < 0 || cpu >= CPU_SETSIZE) return false;
    CPU_SET(static_cast<std::size_t>(cpu), &set);
  }
  return ::sched_setaffinity(0, sizeof(set), &set) == 0;
}

#else

std::vector<int> usable_cpus() { return {}; }
int current_cpu() { return -1; }
void leave_cpu(int) {}
bool keep_on_cpus(std::span<const int>) { return false; }

#endif

}  // namespace qrun::runtime
