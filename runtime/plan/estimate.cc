#include "runtime/plan/estimate.h"

#include <algorithm>

#include "kernels/rounding.h"
#include "runtime/partition.h"

namespace qrun::runtime {
namespace {

// To give a part to another thread that looks for work, and to wait for its end.
constexpr std::int64_t kHandOff = 1500;
// A kernel's call: its preparations, and the rows and columns that do not fill its last tile.
constexpr std::int64_t kCall = 300;
constexpr std::int64_t kPixelsLost = 4;
// Values of more bytes leave the second-level cache between the steps that write and read them.
constexpr std::uint64_t kCachedBytes = std::uint64_t{256} << 10;
constexpr std::int64_t kUncachedBytesPerCycle = 16;
constexpr std::int64_t kSimpleBytesPerCycle = 8;  // of kernels without an estimate of their own

// On one thread, its operands in the cache.
std::int64_t work(const Draft& draft, const DraftStep& step) {
  if (step.cycles > 0) return step.cycles;
  std::uint64_t bytes = draft.value(step.output).bytes;
  if (step.input[0] != kNoValue) bytes = std::max(bytes, draft.value(step.input[0]).bytes);
  return static_cast<std::int64_t>(bytes) / kSimpleBytesPerCycle + 1;
}

std::int64_t traffic(const Draft& draft, const DraftStep& step) {
  const std::uint64_t bytes = draft.value(step.output).bytes;
  return bytes > kCachedBytes ? static_cast<std::int64_t>(bytes) / kUncachedBytesPerCycle : 0;
}

std::int64_t largest_part(kernels::Units units, std::int32_t parts) {
  std::int32_t largest = 0;
  for (std::int32_t part = 0; part < parts; ++part) {
    const kernels::Range range = part_of(units, parts, part);
    largest = std::max(largest, range.end - range.begin);
  }
  return largest;
}

Estimate cheaper(Estimate one, std::int32_t parts, std::int64_t cycles) {
  return parts > 1 && cycles < one.cycles ? Estimate{parts, cycles} : one;
}

}  // namespace

Estimate estimate_step(const Draft& draft, const DraftStep& step, int threads) {
  const std::int64_t cycles = work(draft, step) + traffic(draft, step);
  const kernels::Units units = {std::max(step.units, 1), step.grain};
  const auto blocks = kernels::divide_up<std::int64_t>(units.count, units.grain);
  const auto parts = static_cast<std::int32_t>(std::min<std::int64_t>(threads, blocks));
  return cheaper({1, cycles + kCall}, parts, cycles * largest_part(units, parts) / units.count + kCall + kHandOff);
}

Estimate estimate_band(const Draft& draft, std::span<const DraftStep> members, std::int32_t height, int threads) {
  const std::int32_t rows = members.back().rows->images * members.back().rows->output_rows;
  const std::int32_t parts = std::min(threads, rows);
  const auto cycles_of = [&](std::int64_t share, bool repeats) {
    const std::int64_t calls = kernels::divide_up<std::int64_t>(share, height);
    std::int64_t total = traffic(draft, members.back());
    std::int64_t repeated = 0;  // rows of a member's output that the part above makes, too
    for (std::size_t m = members.size(); m-- > 0;) {
      const RowWindow& window = *members[m].rows;
      const std::int64_t cycles = work(draft, members[m]);
      const std::int64_t member_rows = std::int64_t{window.images} * window.output_rows;
      total += cycles * share / rows + (repeats ? cycles * std::min(repeated, member_rows) / member_rows : 0);
      total += calls * (kCall + cycles * kPixelsLost / std::max(members[m].units, 1));
      repeated = repeated * window.stride + std::max(window.extent - window.stride, 0);
    }
    return total;
  };
  return cheaper({1, cycles_of(rows, false)}, parts, cycles_of(largest_part({rows, 1}, parts), true) + kHandOff);
}

}  // namespace qrun::runtime
