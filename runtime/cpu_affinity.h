// On which CPUs this process's threads run. Where the system cannot say, none of it does anything.

#pragma once

#include <span>
#include <vector>

namespace qrun::runtime {

// The CPUs that the calling thread may use, ascending: containers and taskset leave it fewer than there are. Empty
// where unknown.
std::vector<int> usable_cpus();

// How many they are; where they are unknown, how many there are.
unsigned usable_cpu_count();

// The one that it is on; -1 where unknown.
int current_cpu();

// Moves the calling thread to another CPU that it may use, if there is one. It may come back later.
void leave_cpu(int cpu);

// Lets the calling thread run on these CPUs alone, and moves it there. False where the system refuses: none of them
// is there or allowed, or this is not Linux. Allocates nothing.
bool keep_on_cpus(std::span<const int> cpus);

}  // namespace qrun::runtime
