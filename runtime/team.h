// A session's threads: how many they are and on which CPUs they run. Decided once, when its plan is made.
//
// Thread 0 is the caller's, which stays where it is unless the caller asks (qrun_plan_pin_caller). The others are the
// library's own.

#pragma once

#include <string>
#include <vector>

#include "runtime/fast_cpus.h"
#include "runtime/status.h"

namespace qrun::runtime {

struct Team {
  int threads = 1;
  std::vector<int> cpus = {};  // empty: wherever the system puts the threads
  bool pinned = false;         // thread i runs on cpus[i] alone, else each thread on any of them

  // The first so many of its threads.
  Team first(int count) const;
};

// `threads` 0 is as many as the list names, or 1. With a list thread i is pinned to its CPU i; without, threads keep to
// the fast CPUs of those that the calling thread may use (fast_cpus), and to nothing where all are alike.
// Fails with kInvalidArgument where threads or the list make no sense, with kUnsupported where the calling thread may
// not use a CPU of the list. Both are the caller's to mend, and the messages say how.
Result<Team> choose_team(int threads, const std::string& cpu_list, const std::string& sysfs = kSysfs);

// Moves the calling thread to where thread `thread` belongs. False where the system refuses to pin it; the fast CPUs
// are a wish, refused without consequence. Allocates nothing.
bool take_place(const Team& team, int thread);
Status cannot_pin();  // what is said then

}  // namespace qrun::runtime
