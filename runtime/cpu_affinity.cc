#include "runtime/cpu_affinity.h"

#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace qrun::runtime {

#if defined(__linux__)

unsigned usable_cpus() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof(set), &set) != 0) return std::thread::hardware_concurrency();
  return static_cast<unsigned>(CPU_COUNT(&set));
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

#else

unsigned usable_cpus() { return std::thread::hardware_concurrency(); }
int current_cpu() { return -1; }
void leave_cpu(int) {}

#endif

}  // namespace qrun::runtime
