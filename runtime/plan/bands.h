// Which steps run together, a band of rows at a time (runtime/band.h), and on how many threads every step runs.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/plan/draft.h"

namespace qrun::runtime {

// Replaces steps that follow each other by bands of them, and sets all steps' parts. Values between a band's members
// then belong to no step.
void form_bands(Draft& draft, const PlanOptions& options);

// Where in scratch the rows of each member's output begin; for the last member, where all of them end.
std::vector<std::size_t> window_offsets(std::span<const DraftStep> members, std::int32_t height);

}  // namespace qrun::runtime
