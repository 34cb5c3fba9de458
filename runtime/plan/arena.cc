#include "runtime/plan/arena.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace qrun::runtime {
namespace {

// Where `buffer` fits best between `placed`, which are sorted by offset.
std::uint64_t best_fit(const ArenaBuffer& buffer, std::span<const ArenaBuffer* const> placed) {
  const std::uint64_t bytes = align_up(buffer.bytes);
  std::uint64_t best_offset = 0;
  std::uint64_t best_gap = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t end = 0;  // of the conflicting buffers so far
  for (const ArenaBuffer* other : placed) {
    if (!conflict(buffer, *other)) continue;
    if (other->offset >= end + bytes && other->offset - end < best_gap) {
      best_gap = other->offset - end;
      best_offset = end;
    }
    end = std::max(end, other->offset + align_up(other->bytes));
  }
  return best_gap == std::numeric_limits<std::uint64_t>::max() ? end : best_offset;
}

// In which order buffers are placed.
using Order = bool (*)(const ArenaBuffer&, const ArenaBuffer&);
bool larger(const ArenaBuffer& a, const ArenaBuffer& b) { return a.bytes > b.bytes; }
bool longer_lived(const ArenaBuffer& a, const ArenaBuffer& b) { return a.last - a.first > b.last - b.first; }
bool earlier(const ArenaBuffer& a, const ArenaBuffer& b) { return a.first < b.first; }

// Each into the smallest gap that those before leave it; returns the bytes of all.
std::uint64_t lay_out(std::span<ArenaBuffer> buffers, Order goes_before) {
  std::vector<ArenaBuffer*> order(buffers.size());
  std::transform(buffers.begin(), buffers.end(), order.begin(), [](ArenaBuffer& buffer) { return &buffer; });
  // Ties keep their order, so that the layout is the same everywhere.
  std::stable_sort(order.begin(), order.end(),
                   [&](const ArenaBuffer* a, const ArenaBuffer* b) { return goes_before(*a, *b); });
  std::vector<const ArenaBuffer*> placed;
  placed.reserve(buffers.size());
  std::uint64_t total = 0;
  for (ArenaBuffer* buffer : order) {
    buffer->offset = best_fit(*buffer, placed);
    total = std::max(total, buffer->offset + align_up(buffer->bytes));
    const auto behind = std::upper_bound(placed.begin(), placed.end(), buffer->offset,
                                         [](std::uint64_t offset, const ArenaBuffer* p) { return offset < p->offset; });
    placed.insert(behind, buffer);
  }
  return total;
}

}  // namespace

bool conflict(const ArenaBuffer& a, const ArenaBuffer& b) {
  if ((a.is_input && b.is_output) || (a.is_output && b.is_input)) return true;
  return a.first <= b.last && b.first <= a.last;
}

std::uint64_t arena_lower_bound(std::span<const ArenaBuffer> buffers) {
  struct Change {
    std::int32_t step;
    std::uint64_t bytes;  // modulo 2^64: more or less than the step before
  };
  std::vector<Change> changes;
  std::uint64_t edges = 0;
  for (const ArenaBuffer& buffer : buffers) {
    const std::uint64_t bytes = align_up(buffer.bytes);
    if (buffer.is_input || buffer.is_output) edges += bytes;
    changes.push_back({buffer.first, bytes});
    changes.push_back({buffer.last + 1, -bytes});
  }
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.step < b.step; });
  std::uint64_t most = edges, alive = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    alive += changes[i].bytes;
    const bool last_of_step = i + 1 == changes.size() || changes[i + 1].step != changes[i].step;
    if (last_of_step) most = std::max(most, alive);
  }
  return most;
}

std::uint64_t lay_out_arena(std::span<ArenaBuffer> buffers) {
  constexpr std::size_t kManyBuffers = 2000;  // the time is quadratic
  const std::uint64_t bound = arena_lower_bound(buffers);
  std::vector<ArenaBuffer> best;
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (const Order goes_before : {larger, longer_lived, earlier}) {
    std::vector<ArenaBuffer> tried(buffers.begin(), buffers.end());
    const std::uint64_t bytes = lay_out(tried, goes_before);
    if (bytes < least) {
      least = bytes;
      best = std::move(tried);
    }
    if (least == bound || buffers.size() > kManyBuffers) break;
  }
  std::copy(best.begin(), best.end(), buffers.begin());
  return least;
}

}  // namespace qrun::runtime
