#include "runtime/plan/joins.h"

#include <variant>
#include <vector>

#include "runtime/plan/uses.h"

namespace qrun::runtime {
namespace {

bool is_copy(const DraftStep& step, const kernels::Row& row) {
  return step.run == row.copy && std::holds_alternative<kernels::CopyParams>(step.params);
}

// Whether all of the input goes, byte after byte, to consecutive bytes of the output.
bool moves_whole_input(const Draft& draft, const DraftStep& step) {
  const auto& copy = std::get<kernels::CopyParams>(step.params);
  std::int64_t bytes = copy.element_bytes;
  for (std::int32_t d = copy.dims; d-- > 0; bytes *= copy.extent[d]) {
    if (copy.extent[d] > 1 && (copy.source_stride[d] != bytes || copy.destination_stride[d] != bytes)) return false;
  }
  return copy.source_offset == 0 && static_cast<std::uint64_t>(bytes) == draft.value(step.input[0]).bytes;
}

// How many copies write each value.
std::vector<std::int32_t> count_copies(const Draft& draft, const kernels::Row& row) {
  std::vector<std::int32_t> copies(draft.values.size());
  for (const DraftStep& step : draft.steps) {
    if (is_copy(step, row)) ++copies[index(step.output)];
  }
  return copies;
}

}  // namespace

void join_in_place(Draft& draft, const kernels::Row& row) {
  const std::vector<Uses> uses = count_uses(draft);
  const std::vector<std::int32_t> copies = count_copies(draft, row);
  // The whole is written by copies alone, which write nothing but their parts: what is there early stays. The part has
  // one maker and nothing that would change it in place.
  const auto can_join = [&](const DraftStep& step) {
    if (!is_copy(step, row) || !moves_whole_input(draft, step)) return false;
    const Value& part = draft.value(step.input[0]);
    const Uses& of_part = uses[index(step.input[0])];
    const std::size_t whole = index(step.output);
    return uses[whole].writers == copies[whole] && of_part.writers == 1 && of_part.in_place_readers == 0 &&
           !part.is_constant() && !part.is_input && !part.is_output && part.whole == kNoValue;
  };
  std::erase_if(draft.steps, [&](const DraftStep& step) {
    if (!can_join(step)) return false;
    Value& part = draft.value(step.input[0]);
    part.whole = step.output;
    part.offset_in_whole = static_cast<std::uint64_t>(std::get<kernels::CopyParams>(step.params).destination_offset);
    return true;
  });
}

}  // namespace qrun::runtime
