// --dump: all activations of the samples' runs, for comparing programs tensor by tensor.
//
// A plan does not keep them: fused operators write nothing in between, and tensors share the arena's bytes. So a copy
// of the model is run all of whose activations are outputs. That is another plan, hence the digest, to be held against
// the ordinary run's.

#pragma once

#include <string>

#include "qrun/qrun.hpp"
#include "runtime/tools/options.h"
#include "runtime/tools/samples.h"

namespace qrun::tools {

// Writes into the folder options.dump one raw file a tensor, all samples one after the other, and manifest.json:
//   {"model", "isa", "samples", "inputs": [index], "outputs": [index],
//    "tensors": [{"name", "shape", "dtype", "bytes" of one sample, "scale", "zero_point", "operator", "file"}]}
// in execution order, the graph's inputs first (whose operator is null); `inputs` and `outputs` are places in
// `tensors`. Returns the SHA-256 of the graph's outputs as --digest shows it. Throws Failure where the folder is not
// empty or cannot be written.
std::string dump_tensors(const Options& options, PlanOptions plan_options, const Samples& samples);

}  // namespace qrun::tools
