// Runs built models through the public C++ interface, and beside it through the tests' interpreter.

#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "qrun/qrun.hpp"
#include "tests/support/interpreter.h"
#include "tests/support/model_builder.h"

namespace qrun::test {

using Buffers = std::vector<std::vector<std::uint8_t>>;  // one per graph input or output

// Rows that this machine can run, the references of both domains among them.
std::vector<std::string> available_rows();

Buffers random_inputs(const qfb::ModelT& model, std::mt19937& random);

// The graph's outputs by the interpreter.
Buffers expected_outputs(const qfb::ModelT& model, const Buffers& inputs);

// Plans, runs, and returns the outputs. Reports a test failure where any step of it fails.
Buffers run_model(const qfb::ModelT& model, const Buffers& inputs, const PlanOptions& options);

void set_inputs(Session& session, const Buffers& inputs);
Buffers get_outputs(const Session& session, std::size_t count);

}  // namespace qrun::test
