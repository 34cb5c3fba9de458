#include "runtime/tools/common/statistics.h"

#include <algorithm>
#include <cstddef>

namespace qrun::tools {

Latency summarize(std::vector<Nanoseconds> samples) {
  std::sort(samples.begin(), samples.end());
  const std::size_t count = samples.size();
  const auto microseconds = [&](std::size_t index) { return static_cast<double>(samples[index]) / 1000.0; };
  const auto percentile = [&](std::size_t percent) { return microseconds((count * percent + 99) / 100 - 1); };
  return {.min_us = microseconds(0),
          .median_us = (microseconds((count - 1) / 2) + microseconds(count / 2)) / 2.0,
          .p90_us = percentile(90),
          .p99_us = percentile(99)};
}

nlohmann::ordered_json to_json(const Latency& latency) {
  return {{"min", latency.min_us}, {"median", latency.median_us}, {"p90", latency.p90_us}, {"p99", latency.p99_us}};
}

double giga_per_second(std::int64_t operations, double microseconds) {
  return microseconds > 0.0 ? static_cast<double>(operations) / microseconds / 1000.0 : 0.0;
}

}  // namespace qrun::tools
