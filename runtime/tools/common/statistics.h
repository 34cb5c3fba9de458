// Latencies of repeated runs, summarized. Times are nanoseconds as measured; what is reported is microseconds.

#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

namespace qrun::tools {

using Nanoseconds = std::int64_t;

struct Latency {
  double min_us, median_us, p90_us, p99_us;
};

// Requires at least one sample. The median of an even number is the mean of the middle two; a percentile p is the
// smallest sample that at least p of all samples do not exceed.
Latency summarize(std::vector<Nanoseconds> samples);

nlohmann::ordered_json to_json(const Latency& latency);

// How long `work` takes.
template <class Work>
Nanoseconds time_of(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count();
}

// 10^9 operations a second; 0 where nothing was timed.
double giga_per_second(std::int64_t operations, double microseconds);

}  // namespace qrun::tools
