// One small valid model per operator of the schema, two where it has two forms, and a network of several: what loading,
// planning, running and fuzzing are tested on.

#pragma once

#include <span>

#include "tests/support/model_builder.h"

namespace qrun::test {

struct SampleModel {
  const char* name;  // the operator's, as in the schema, or of a form of it; "Network" for the last
  ModelBuilder (*build)();
};

std::span<const SampleModel> sample_models();

ModelBuilder sample_model(const char* name);

}  // namespace qrun::test
