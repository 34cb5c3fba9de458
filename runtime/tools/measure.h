// Latency of whole runs, and where the time goes step by step.

#pragma once

#include <string>
#include <vector>

#include "qrun/qrun.hpp"
#include "runtime/tools/common/statistics.h"
#include "runtime/tools/common/tensor.h"
#include "runtime/tools/samples.h"

namespace qrun::tools {

// Times `repeat` runs after `warmup` untimed ones, over the samples in turn, a batch of them each. Copying the inputs
// is not timed.
Latency measure_latency(Session& session, const Samples& samples, int repeat, int warmup);

// The median time of every step over as many runs, in microseconds.
std::vector<double> measure_steps(Session& session, const Plan& plan, const Samples& samples, int repeat, int warmup);

std::string latency_text(const Latency& latency, int repeat, int batch);

// A table of the plan's steps with a total line.
std::string profile_text(const Plan& plan, const std::vector<double>& microseconds);

// steps (operator, operator_index, output, shape, kernel, threads, time_us, macs, gmacs_per_second, share, and of a
// band its members) and totals.
Json profile_json(const Plan& plan, const std::vector<double>& microseconds);

}  // namespace qrun::tools
