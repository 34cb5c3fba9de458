// On which CPUs this process's threads run. Where the system cannot say, none of it does anything.

#pragma once

namespace qrun::runtime {

// CPUs that the calling thread may use: containers and taskset leave it fewer than there are.
unsigned usable_cpus();

// The one that it is on; -1 where unknown.
int current_cpu();

// Moves the calling thread to another CPU that it may use, if there is one. It may come back later.
void leave_cpu(int cpu);

}  // namespace qrun::runtime
