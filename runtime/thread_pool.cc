#include "runtime/thread_pool.h"

#include <chrono>
#include <system_error>

#include "runtime/cpu_affinity.h"

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace qrun::runtime {
namespace {

using Clock = std::chrono::steady_clock;

// Longer than from one shared step to the next, short enough to leave an idle session's CPU alone: to wake a thread
// that sleeps takes as long.
constexpr std::chrono::microseconds kIdleSpin(50);
// Whoever waits for the last part knows that another thread is at work on it.
constexpr std::chrono::microseconds kBusySpin(1000);

void pause_briefly() {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

std::int32_t next_part(std::uint64_t ticket) { return static_cast<std::int32_t>(ticket & 0xFFFF); }
std::int32_t parts_of(std::uint64_t ticket) { return static_cast<std::int32_t>((ticket >> 16) & 0xFFFF); }

std::uint64_t first_ticket(std::uint64_t previous, std::int32_t parts) {
  return ((previous >> 32) + 1) << 32 | static_cast<std::uint64_t>(parts) << 16;
}

}  // namespace

// Spinning helps only where the thread that is waited for runs at the same time.
ThreadPool::ThreadPool(const Team& team)
    : team_(team),
      spins_(static_cast<std::size_t>(team.threads) <= (team.cpus.empty() ? usable_cpu_count() : team.cpus.size())),
      caller_cpu_(current_cpu()) {}

Result<std::unique_ptr<ThreadPool>> ThreadPool::create(const Team& team) {
  std::unique_ptr<ThreadPool> pool(new ThreadPool(team));
  pool->unfinished_.store(team.threads - 1, std::memory_order_relaxed);
  try {
    for (int thread = 1; thread < team.threads; ++thread) {
      pool->workers_.emplace_back([p = pool.get(), thread] {
        p->settle(thread);
        p->work(thread);
      });
    }
  } catch (const std::system_error&) {
    return Status{QRUN_OUT_OF_MEMORY,
                  "the system cannot start " + std::to_string(team.threads - 1) + " more threads; ask for fewer"};
  }
  if (!team.pinned) return pool;
  pool->wait_until_finished();
  if (!pool->refused_.load(std::memory_order_relaxed)) return pool;
  return cannot_pin();
}

ThreadPool::~ThreadPool() {
  stop_.store(true, std::memory_order_relaxed);
  wake_.fetch_add(1, std::memory_order_release);
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

template <class Done>
bool ThreadPool::spin_until(Done done, std::chrono::microseconds limit) const {
  constexpr int kChecksPerLookAtTheClock = 64;  // which takes as long as some of them
  if (!spins_) return done();
  Clock::time_point end{};
  for (int check = 0;; ++check) {
    if (done()) return true;
    pause_briefly();
    if (check % kChecksPerLookAtTheClock != kChecksPerLookAtTheClock - 1) continue;
    const Clock::time_point now = Clock::now();
    if (end == Clock::time_point{}) end = now + limit;
    if (now >= end) return done();
  }
}

bool ThreadPool::take_part(int thread) {
  std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
  while (next_part(ticket) < parts_of(ticket)) {
    // The job that these belong to cannot end, and so they cannot change, between a successful exchange and its part's
    // end; where the exchange fails, they are not used.
    const Task task = task_.load(std::memory_order_relaxed);
    const void* context = context_.load(std::memory_order_relaxed);
    if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel, std::memory_order_acquire)) {
      continue;
    }
    task(context, next_part(ticket), thread);
    if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
    return true;
  }
  return false;
}

// A worker's first job is to take its place; where it is pinned, create() waits for that.
void ThreadPool::settle(int thread) {
  if (!take_place(team_, thread)) refused_.store(true, std::memory_order_relaxed);
  if (team_.pinned && unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
}

void ThreadPool::work(int thread) {
  for (;;) {
    // A scheduler may wake a thread on the CPU of the one that wakes it, where it waits until that one is done.
    const int callers = caller_cpu_.load(std::memory_order_relaxed);
    if (spins_ && !team_.pinned && current_cpu() == callers) leave_cpu(callers);
    // Read before looking for work: a job published after the look changes it.
    const std::uint32_t seen = wake_.load(std::memory_order_acquire);
    while (take_part(thread)) {
    }
    if (stop_.load(std::memory_order_relaxed)) return;
    const bool changed = spin_until([&] { return wake_.load(std::memory_order_relaxed) != seen; }, kIdleSpin);
    if (!changed) wake_.wait(seen, std::memory_order_relaxed);
  }
}

void ThreadPool::run(Task task, const void* context, std::int32_t parts) {
  caller_cpu_.store(current_cpu(), std::memory_order_relaxed);
  task_.store(task, std::memory_order_relaxed);
  context_.store(context, std::memory_order_relaxed);
  unfinished_.store(parts, std::memory_order_relaxed);
  ticket_.store(first_ticket(ticket_.load(std::memory_order_relaxed), parts), std::memory_order_release);
  wake_.fetch_add(1, std::memory_order_release);
  wake_.notify_all();
  while (take_part(0)) {
  }
  wait_until_finished();
}

void ThreadPool::wait_until_finished() {
  if (spin_until([this] { return unfinished_.load(std::memory_order_acquire) == 0; }, kBusySpin)) return;
  for (std::int32_t left = unfinished_.load(std::memory_order_acquire); left != 0;
       left = unfinished_.load(std::memory_order_acquire)) {
    unfinished_.wait(left, std::memory_order_acquire);
  }
}

}  // namespace qrun::runtime
