#include "runtime/team.h"

#include <algorithm>
#include <span>

#include "runtime/cpu_affinity.h"
#include "runtime/cpu_list.h"

namespace qrun::runtime {
namespace {

constexpr int kMaxThreads = 256;

std::string counted_cpus(std::size_t count) { return std::to_string(count) + (count == 1 ? " CPU" : " CPUs"); }

Status check_threads(int threads) {
  if (threads >= 1 && threads <= kMaxThreads) return {};
  return invalid_argument("threads is " + std::to_string(threads) + "; it must be in 1.." +
                          std::to_string(kMaxThreads));
}

// A CPU twice would be two threads that wait for each other.
Status check_once_each(std::vector<int> cpus) {
  std::sort(cpus.begin(), cpus.end());
  const auto twice = std::adjacent_find(cpus.begin(), cpus.end());
  if (twice == cpus.end()) return {};
  return invalid_argument("the CPU list names CPU " + std::to_string(*twice) + " twice; name each once");
}

Status check_usable(const std::vector<int>& cpus) {
  const std::vector<int> usable = usable_cpus();
  if (usable.empty())
    return {QRUN_UNSUPPORTED, "the system does not tell which CPUs a thread may use; leave the CPU list out"};
  for (const int cpu : cpus) {
    if (std::binary_search(usable.begin(), usable.end(), cpu)) continue;
    return {QRUN_UNSUPPORTED, "CPU " + std::to_string(cpu) +
                                  " does not exist, is offline or is not allowed to this thread, which may use " +
                                  cpu_list_text(usable) + "; list those, or allow more (taskset, cpuset)"};
  }
  return {};
}

Result<Team> pinned_team(int threads, const std::string& cpu_list) {
  auto cpus = parse_cpu_list(cpu_list);
  if (!cpus) {
    return invalid_argument(
        "the CPU list '" + cpu_list +
        "' cannot be read; give numbers and ranges without spaces, the smaller first, as in 0,2,4-7 or 0-6:2");
  }
  QRUN_RETURN_IF_ERROR(check_once_each(*cpus));
  Team team{
      .threads = threads == 0 ? static_cast<int>(cpus->size()) : threads, .cpus = std::move(*cpus), .pinned = true};
  QRUN_RETURN_IF_ERROR(check_threads(team.threads));
  if (team.cpus.size() < static_cast<std::size_t>(team.threads)) {
    return invalid_argument("the CPU list has " + counted_cpus(team.cpus.size()) + " for " +
                            std::to_string(team.threads) + " threads; list one for each thread, or use fewer threads");
  }
  QRUN_RETURN_IF_ERROR(check_usable(team.cpus));
  return team.first(team.threads);
}

}  // namespace

Team Team::first(int count) const {
  Team part = *this;
  part.threads = std::min(count, threads);
  if (pinned) part.cpus.resize(static_cast<std::size_t>(part.threads));
  return part;
}

Result<Team> choose_team(int threads, const std::string& cpu_list, const std::string& sysfs) {
  if (!cpu_list.empty()) return pinned_team(threads, cpu_list);
  Team team;
  if (threads != 0) team.threads = threads;
  QRUN_RETURN_IF_ERROR(check_threads(team.threads));
  // A single thread is the caller's: nothing is read for it.
  if (team.threads > 1) team.cpus = fast_cpus(usable_cpus(), team.threads, sysfs);
  return team;
}

bool take_place(const Team& team, int thread) {
  if (team.cpus.empty()) return true;
  const std::span<const int> cpus(team.cpus);
  if (team.pinned) return keep_on_cpus(cpus.subspan(static_cast<std::size_t>(thread), 1));
  keep_on_cpus(cpus);
  return true;
}

Status cannot_pin() {
  return {QRUN_UNSUPPORTED, "the system refuses to pin a thread to a CPU of the list; leave the CPU list out"};
}

}  // namespace qrun::runtime
