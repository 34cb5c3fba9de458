#include "runtime/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <vector>

#include "runtime/cpu_affinity.h"

namespace qrun::runtime {
namespace {

struct Job {
  std::vector<std::atomic<int>> counts;
  std::atomic<int> wrong_threads{0};
  int threads;
};

void count_part(const void* context, std::int32_t part, int thread) {
  auto& job = *static_cast<Job*>(const_cast<void*>(context));
  ++job.counts[static_cast<std::size_t>(part)];
  if (thread < 0 || thread >= job.threads) ++job.wrong_threads;
}

TEST(ThreadPool, RunsEveryPartOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    Result<std::unique_ptr<ThreadPool>> pool = ThreadPool::create({.threads = threads});
    ASSERT_TRUE(pool.ok());
    for (int parts = 1; parts <= 40; ++parts) {
      Job job{std::vector<std::atomic<int>>(static_cast<std::size_t>(parts)), {}, threads};
      (*pool)->run(count_part, &job, parts);
      for (const auto& count : job.counts) EXPECT_EQ(count, 1);
      EXPECT_EQ(job.wrong_threads, 0);
    }
  }
}

// Plain memory handed from one job's threads to the next's: wrong without the pool's synchronization.
TEST(ThreadPool, JobsSeeWhatEarlierJobsWrote) {
  constexpr std::int32_t kParts = 4;
  struct Ring {
    std::int64_t cells[2][kParts];
    int from;
  } ring = {{{1, 2, 3, 4}, {}}, 0};
  Result<std::unique_ptr<ThreadPool>> pool = ThreadPool::create({.threads = kParts});
  ASSERT_TRUE(pool.ok());
  constexpr int kJobs = 20000;
  for (int i = 0; i < kJobs; ++i) {
    (*pool)->run(
        [](const void* context, std::int32_t part, int) {
          auto& r = *static_cast<Ring*>(const_cast<void*>(context));
          r.cells[1 - r.from][(part + 1) % kParts] = r.cells[r.from][part] + 1;
        },
        &ring, kParts);
    ring.from = 1 - ring.from;
  }
  for (std::int32_t part = 0; part < kParts; ++part) {
    EXPECT_EQ(ring.cells[ring.from][part], (part + kParts - kJobs % kParts) % kParts + 1 + kJobs);
  }
}

TEST(ThreadPool, WakesAfterSleep) {
  Result<std::unique_ptr<ThreadPool>> pool = ThreadPool::create({.threads = 3});
  ASSERT_TRUE(pool.ok());
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // far longer than workers spin
    Job job{std::vector<std::atomic<int>>(16), {}, 3};
    (*pool)->run(count_part, &job, 16);
    for (const auto& count : job.counts) EXPECT_EQ(count, 1);
  }
}

TEST(ThreadPool, EndsWithoutEverHavingWorked) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(ThreadPool::create({.threads = 4}).ok());
}

// Runs parts until every thread has had one, and returns the CPUs that each could use meanwhile.
std::vector<std::vector<int>> cpus_seen_by(ThreadPool& pool, int threads) {
  struct Seen {
    std::vector<std::vector<int>> cpus;
    std::atomic<int> arrived{0};
  } seen{std::vector<std::vector<int>>(static_cast<std::size_t>(threads)), {}};
  pool.run(
      [](const void* context, std::int32_t, int thread) {
        auto& s = *static_cast<Seen*>(const_cast<void*>(context));
        s.cpus[static_cast<std::size_t>(thread)] = usable_cpus();
        // Whoever holds a part cannot take another: all threads come.
        ++s.arrived;
        while (s.arrived < static_cast<int>(s.cpus.size())) std::this_thread::yield();
      },
      &seen, threads);
  return seen.cpus;
}

TEST(ThreadPool, PinsItsThreadsAndNotTheCallers) {
  const std::vector<int> usable = usable_cpus();
  if (usable.size() < 2) GTEST_SKIP() << "there is one CPU";
  for (int i = 0; i < 50; ++i) {
    const std::vector<int> cpus = {usable[0], usable[1]};
    Result<std::unique_ptr<ThreadPool>> pool = ThreadPool::create({.threads = 2, .cpus = cpus, .pinned = true});
    ASSERT_TRUE(pool.ok()) << pool.status().message;
    EXPECT_EQ(cpus_seen_by(**pool, 2), (std::vector<std::vector<int>>{usable, {usable[1]}}));
  }
}

TEST(ThreadPool, KeepsItsThreadsToTheCpusGiven) {
  const std::vector<int> usable = usable_cpus();
  if (usable.size() < 2) GTEST_SKIP() << "there is one CPU";
  Result<std::unique_ptr<ThreadPool>> pool = ThreadPool::create({.threads = 3, .cpus = {usable[1]}});
  ASSERT_TRUE(pool.ok());
  EXPECT_EQ(cpus_seen_by(**pool, 3), (std::vector<std::vector<int>>{usable, {usable[1]}, {usable[1]}}));
}

TEST(ThreadPool, WithoutCpusNothingIsRestricted) {
  Result<std::unique_ptr<ThreadPool>> pool = ThreadPool::create({.threads = 2});
  ASSERT_TRUE(pool.ok());
  EXPECT_EQ(cpus_seen_by(**pool, 2), (std::vector<std::vector<int>>{usable_cpus(), usable_cpus()}));
}

constexpr int kNoCpu = 1 << 20;

TEST(ThreadPool, APlaceThatTheSystemRefusesIsAnError) {
  if (usable_cpus().empty()) GTEST_SKIP() << "the system does not tell";
  const auto pool = ThreadPool::create({.threads = 3, .cpus = {0, kNoCpu, kNoCpu}, .pinned = true});
  ASSERT_FALSE(pool.ok());
  EXPECT_EQ(pool.status().code, QRUN_UNSUPPORTED);
  EXPECT_EQ(pool.status().message, cannot_pin().message);
}

TEST(ThreadPool, AWishThatTheSystemRefusesIsNone) {
  Result<std::unique_ptr<ThreadPool>> pool = ThreadPool::create({.threads = 2, .cpus = {kNoCpu, kNoCpu}});
  ASSERT_TRUE(pool.ok());
  EXPECT_EQ(cpus_seen_by(**pool, 2)[1], usable_cpus());
}

}  // namespace
}  // namespace qrun::runtime
