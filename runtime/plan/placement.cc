// Lifetimes of values, operands that are worked on in place, and from them the buffers that the arena is laid out for.

#include <algorithm>
#include <vector>

#include "runtime/plan/arena.h"
#include "runtime/plan/draft.h"

namespace qrun::runtime {
namespace {

constexpr std::int32_t kBeforeFirstStep = -1;

// The value whose buffer a value lies in, and where.
struct Place {
  std::size_t value;
  std::uint64_t offset = 0;
};

Place place_of(const Draft& draft, std::size_t v) {
  Place place{v};
  for (; draft.values[place.value].whole != kNoValue; place.value = index(draft.values[place.value].whole)) {
    place.offset += draft.values[place.value].offset_in_whole;
  }
  return place;
}

// Which steps touch each value first and last, of a whole value its parts, too. A value may be written by several steps
// and never read.
std::vector<ArenaBuffer> lifetimes(const Draft& draft, bool preserve_inputs) {
  const auto end = static_cast<std::int32_t>(draft.steps.size());
  std::vector<ArenaBuffer> lives(draft.values.size());
  for (std::size_t v = 0; v < lives.size(); ++v) {
    const Value& value = draft.values[v];
    lives[v] = {value.bytes, end, kBeforeFirstStep, value.is_input, value.is_output};
    if (value.is_input) lives[v].first = kBeforeFirstStep;
    if (value.is_output || (value.is_input && preserve_inputs)) lives[v].last = end;
  }
  for (std::int32_t s = 0; s < end; ++s) {
    const DraftStep& step = draft.steps[static_cast<std::size_t>(s)];
    for (const ValueId id : {step.input[0], step.input[1], step.output}) {
      if (id == kNoValue) continue;
      ArenaBuffer& life = lives[place_of(draft, index(id)).value];
      life.first = std::min(life.first, s);
      life.last = std::max(life.last, s);
    }
  }
  return lives;
}

// Whether the step that first writes `output` may write it over `input`, its last use.
bool can_share(const ArenaBuffer& input, const ArenaBuffer& output, std::int32_t step) {
  return input.last == step && output.first == step && input.bytes == output.bytes &&
         !(input.is_input && output.is_output);
}

}  // namespace

std::uint64_t place_values(Draft& draft, bool preserve_inputs) {
  const std::vector<ArenaBuffer> lives = lifetimes(draft, preserve_inputs);
  std::vector<ArenaBuffer> buffers;
  std::vector<std::int32_t> buffer_of(lives.size(), -1);
  const auto own_buffer = [&](std::size_t v) {
    buffer_of[v] = static_cast<std::int32_t>(buffers.size());
    buffers.push_back(lives[v]);
  };

  for (std::size_t v = 0; v < lives.size(); ++v) {
    if (draft.values[v].is_input) own_buffer(v);
  }
  for (std::size_t s = 0; s < draft.steps.size(); ++s) {
    const DraftStep& step = draft.steps[s];
    const std::size_t out = place_of(draft, index(step.output)).value;
    if (buffer_of[out] >= 0) continue;  // an earlier step wrote a part of it
    for (const int k : {0, 1}) {
      const ValueId in = step.input[k];
      if (!step.in_place[k] || in == kNoValue || draft.value(in).is_constant()) continue;
      if (draft.value(in).whole != kNoValue || out != index(step.output)) continue;  // their places are given
      // The same value read in another way: its elements would be overwritten before they are read.
      if (step.input[1 - k] == in && !step.in_place[1 - k]) continue;
      ArenaBuffer& shared = buffers[index(buffer_of[index(in)])];
      if (!can_share(shared, lives[out], static_cast<std::int32_t>(s))) continue;
      buffer_of[out] = buffer_of[index(in)];
      shared.last = lives[out].last;
      shared.is_output = lives[out].is_output;
      break;
    }
    if (buffer_of[out] < 0) own_buffer(out);
  }

  draft.arena_lower_bound = arena_lower_bound(buffers);
  const std::uint64_t bytes = lay_out_arena(buffers);
  for (std::size_t v = 0; v < lives.size(); ++v) {
    const auto [whole, offset] = place_of(draft, v);
    if (buffer_of[whole] < 0) continue;
    const std::uint64_t at = buffers[index(buffer_of[whole])].offset + offset;
    draft.values[v].location = {Location::Space::kArena, static_cast<std::size_t>(at)};  // larger arenas are refused
  }
  return bytes;
}

}  // namespace qrun::runtime
