#include "runtime/plan/arena.h"

#include <algorithm>
#include <limits>
#include <numeric>
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
  std::vector<ArenaBuffer*> by_size(buffers.size());
  std::transform(buffers.begin(), buffers.end(), by_size.begin(), [](ArenaBuffer& buffer) { return &buffer; });
  // Ties keep their order, so that the layout is the same everywhere.
  std::stable_sort(by_size.begin(), by_size.end(),
                   [](const ArenaBuffer* a, const ArenaBuffer* b) { return a->bytes > b->bytes; });
  std::vector<const ArenaBuffer*> placed;
  placed.reserve(buffers.size());
  std::uint64_t total = 0;
  for (ArenaBuffer* buffer : by_size) {
    buffer->offset = best_fit(*buffer, placed);
    total = std::max(total, buffer->offset + align_up(buffer->bytes));
    const auto behind = std::upper_bound(placed.begin(), placed.end(), buffer->offset,
                                         [](std::uint64_t offset, const ArenaBuffer* p) { return offset < p->offset; });
    placed.insert(behind, buffer);
  }
  return total;
}

}  // namespace qrun::runtime
