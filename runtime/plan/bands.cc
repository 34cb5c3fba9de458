// Every way to cut a run of chainable steps into bands is looked at: the cheapest way to the end of a prefix is a
// cheapest way to the end of a shorter one, and one more band.

#include "runtime/plan/bands.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "kernels/rounding.h"
#include "runtime/plan/arena.h"
#include "runtime/plan/estimate.h"
#include "runtime/plan/uses.h"

namespace qrun::runtime {
namespace {

using Members = std::span<const DraftStep>;

constexpr std::uint64_t kWindowBytes = std::uint64_t{256} << 10;  // a share of the smallest second-level caches

// Whether `next` reads, row by row, what `step` alone makes for it alone.
bool can_chain(const Draft& draft, const std::vector<Uses>& uses, const DraftStep& step, const DraftStep& next) {
  if (!step.rows || !next.rows || (next.input[0] != step.output && next.input[1] != step.output)) return false;
  const Uses& use = uses[index(step.output)];
  const Value& value = draft.value(step.output);
  if (use.readers != 1 || use.writers != 1) return false;
  if (value.is_output || value.whole != kNoValue) return false;
  return step.rows->images == next.rows->images && step.rows->output_rows == next.rows->input_rows &&
         step.rows->output_row_bytes == next.rows->input_row_bytes;
}

// The values that a chain reads but does not make, if they are no more than a step has inputs.
std::optional<std::array<ValueId, 2>> inputs_of(Members chain) {
  std::array<ValueId, 2> inputs = {kNoValue, kNoValue};
  std::size_t count = 0;
  for (std::size_t m = 0; m < chain.size(); ++m) {
    for (const ValueId id : chain[m].input) {
      const bool is_chained = m > 0 && id == chain[m - 1].output;
      if (id == kNoValue || is_chained || std::find(inputs.begin(), inputs.end(), id) != inputs.end()) continue;
      if (count == inputs.size()) return std::nullopt;
      inputs[count++] = id;
    }
  }
  return inputs;
}

// The greatest height whose windows fit their share of the cache and that a thread needs; at least 1.
std::int32_t height_of(Members chain, const PlanOptions& options) {
  const RowWindow& last = *chain.back().rows;
  if (options.band_rows > 0) return std::min(options.band_rows, last.output_rows);
  const auto rows_of_a_thread = kernels::divide_up<std::int64_t>(last.images * last.output_rows, options.threads);
  std::int32_t low = 1;
  auto high = static_cast<std::int32_t>(std::min<std::int64_t>(last.output_rows, rows_of_a_thread));
  while (low < high) {
    const std::int32_t middle = low + (high - low + 1) / 2;
    if (window_offsets(chain, middle).back() <= kWindowBytes) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

DraftStep make_band(std::vector<DraftStep> members, std::int32_t height) {
  DraftStep band;
  const DraftStep& last = members.back();
  band.kernel = "bands of " + std::to_string(height) + (height == 1 ? " row" : " rows");
  band.units = last.rows->images * last.rows->output_rows;
  const std::array<ValueId, 2> inputs = *inputs_of(members);
  std::copy(inputs.begin(), inputs.end(), band.input);
  band.output = last.output;
  for (const DraftStep& member : members) {
    band.scratch_bytes = std::max(band.scratch_bytes, member.scratch_bytes);
    band.macs += member.macs;
  }
  band.scratch_bytes += window_offsets(members, height).back();
  band.operator_type = "Band";
  band.tensor = last.tensor;
  band.band_height = height;
  band.members = std::move(members);
  return band;
}

// The cheapest ways to run the first steps of a draft.
class Cutting {
 public:
  Cutting(const Draft& draft, const PlanOptions& options)
      : draft_(draft), options_(options), uses_(count_uses(draft)), ways_(draft.steps.size() + 1) {
    for (std::size_t end = 1; end <= draft.steps.size(); ++end) ways_[end] = cheapest_to(end);
  }

  // Where the last band or step of the first `end` ones begins, and its parts.
  struct Way {
    std::size_t begin = 0;
    std::int32_t parts = 1;
    std::int64_t cycles = 0;  // of all
  };
  const Way& way_to(std::size_t end) const { return ways_[end]; }

 private:
  Way cheapest_to(std::size_t end) const {
    const Members steps(draft_.steps);
    const Estimate alone = estimate_step(draft_, steps[end - 1], options_.threads);
    Way best = {end - 1, alone.parts, ways_[end - 1].cycles + alone.cycles};
    if (options_.bands == QRUN_BANDS_OFF) return best;
    for (std::size_t begin = end - 1; begin-- > 0 && end - begin <= kMaxBandMembers;) {
      if (!can_chain(draft_, uses_, steps[begin], steps[begin + 1])) break;
      const Members chain = steps.subspan(begin, end - begin);
      if (!inputs_of(chain)) continue;
      const Estimate band = estimate_band(draft_, chain, height_of(chain, options_), options_.threads);
      const std::int64_t cycles = ways_[begin].cycles + band.cycles;
      if (cycles < best.cycles || options_.bands == QRUN_BANDS_ALL) {
        best = {begin, band.parts, cycles};
      }
    }
    return best;
  }

  const Draft& draft_;
  const PlanOptions& options_;
  std::vector<Uses> uses_;
  std::vector<Way> ways_;
};

}  // namespace

std::vector<std::size_t> window_offsets(Members members, std::int32_t height) {
  std::vector<std::size_t> offsets(members.size());
  std::int32_t rows = height;
  for (std::size_t m = members.size() - 1; m > 0; --m) {
    rows = members[m].rows->most_needed(rows);
    const auto bytes = static_cast<std::uint64_t>(rows * members[m].rows->input_row_bytes);
    offsets[m] = static_cast<std::size_t>(align_up(bytes + kernels::kReadBeyondRows));
  }
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  return offsets;
}

void form_bands(Draft& draft, const PlanOptions& options) {
  const Cutting cutting(draft, options);
  std::vector<DraftStep> steps;  // the last one first
  for (std::size_t end = draft.steps.size(); end > 0;) {
    const auto [begin, parts, cycles] = cutting.way_to(end);
    if (end - begin == 1) {
      steps.push_back(std::move(draft.steps[begin]));
    } else {
      const auto first = draft.steps.begin() + static_cast<std::ptrdiff_t>(begin);
      std::vector<DraftStep> members(std::make_move_iterator(first),
                                     std::make_move_iterator(first + static_cast<std::ptrdiff_t>(end - begin)));
      const std::int32_t height = height_of(members, options);
      steps.push_back(make_band(std::move(members), height));
    }
    steps.back().parts = parts;
    end = begin;
  }
  std::reverse(steps.begin(), steps.end());
  draft.steps = std::move(steps);
}

}  // namespace qrun::runtime
