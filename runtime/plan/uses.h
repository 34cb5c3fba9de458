// How often a draft's steps touch each value.

#pragma once

#include <cstdint>
#include <vector>

#include "runtime/plan/draft.h"

namespace qrun::runtime {

struct Uses {
  std::int32_t writers = 0, readers = 0;
  std::int32_t in_place_readers = 0;  // of the readers, those that may write over it
};

// By value.
inline std::vector<Uses> count_uses(const Draft& draft) {
  std::vector<Uses> uses(draft.values.size());
  for (const DraftStep& step : draft.steps) {
    ++uses[index(step.output)].writers;
    for (const int k : {0, 1}) {
      if (step.input[k] == kNoValue) continue;
      ++uses[index(step.input[k])].readers;
      if (step.in_place[k]) ++uses[index(step.input[k])].in_place_readers;
    }
  }
  return uses;
}

}  // namespace qrun::runtime
