// A few persistent threads that share one short job after another.
//
// A network is hundreds of steps of some microseconds each, so handing a step over must cost less than one: workers
// look for the next job for a while before they sleep, and nothing is locked, allocated or queued.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "runtime/status.h"
#include "runtime/team.h"

namespace qrun::runtime {

class ThreadPool {
 public:
  // Runs part `part` of a job on thread `thread`; the caller's is 0. Must not throw.
  using Task = void (*)(const void* context, std::int32_t part, int thread);

  // A pool of team.threads threads with the caller's: starts one fewer, each in its place. Fails with kOutOfMemory
  // where the system has no threads left, with kUnsupported where it refuses to pin one.
  static Result<std::unique_ptr<ThreadPool>> create(const Team& team);

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  // Runs task(context, part, thread) once for every part in [0, parts), parts < 2^16, and returns when all are done.
  // Threads take the next part as they become free. One caller at a time.
  void run(Task task, const void* context, std::int32_t parts);

 private:
  explicit ThreadPool(const Team& team);
  void settle(int thread);
  void work(int thread);
  bool take_part(int thread);
  template <class Done>
  bool spin_until(Done done, std::chrono::microseconds limit) const;
  void wait_until_finished();

  const Team team_;
  const bool spins_;  // before it sleeps
  std::atomic<int> caller_cpu_;
  // job number << 32 | its parts << 16 | the next part to be taken. Taking a part is one compare-and-swap, which fails
  // where the job is over: a late worker cannot take a part of the wrong job.
  std::atomic<std::uint64_t> ticket_{0};
  std::atomic<Task> task_{nullptr};
  std::atomic<const void*> context_{nullptr};
  std::atomic<std::int32_t> unfinished_{0};
  std::atomic<std::uint32_t> wake_{0};  // changes with every job; workers sleep on it
  std::atomic<bool> stop_{false};
  std::atomic<bool> refused_{false};  // by the system, to pin a worker
  std::vector<std::thread> workers_;
};

}  // namespace qrun::runtime
