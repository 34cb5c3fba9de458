// Which CPUs of a machine with fast and slow ones (big.LITTLE, performance and efficiency cores) a team of threads
// runs on. A step ends when the slowest thread's part does, so one slow core costs more than it brings.
//
// How fast a CPU is, Linux tells in sysfs; the first of these that tells some of the CPUs from others is believed:
//   devices/system/cpu/cpuN/cpu_capacity              work at the highest frequency, of 1024: ARM, RISC-V
//   devices/cpu_core/cpus, devices/cpu_atom/cpus      lists: Intel's performance and efficiency cores
//   devices/system/cpu/cpuN/cpufreq/cpuinfo_max_freq  kHz

#pragma once

#include <span>
#include <string>
#include <vector>

namespace qrun::runtime {

inline constexpr const char* kSysfs = "/sys";

// The fastest of the `usable` CPUs that suffice for `threads` threads, and all that are nearly as fast: at least 3/4 as
// the slowest of those. In the order of `usable`. Empty where it does not matter: all are nearly alike, nothing is
// known, or there are fewer than threads.
std::vector<int> fast_cpus(std::span<const int> usable, int threads, const std::string& sysfs = kSysfs);

}  // namespace qrun::runtime
