// One way to damage a sample model, and how loading must refuse it.

#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <stdexcept>
#include <string>

#include "qrun/qrun.h"
#include "tests/support/sample_models.h"

namespace qrun::test {

struct Refusal {
  const char* name;    // of the test
  const char* sample;  // what is damaged
  void (*damage)(qfb::ModelT& model);
  const char* says;            // part of the message
  bool about_operator = true;  // the message must name the sample's only operator
  qrun_code code = QRUN_INVALID_MODEL;
};

inline void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.sample << ": " << refusal.name; }

// Instantiate with arrays of Refusal; refusal.cc has the test.
class Refused : public testing::TestWithParam<Refusal> {};

inline std::string refusal_name(const testing::TestParamInfo<Refusal>& info) {
  return std::string(info.param.sample) + "_" + info.param.name;
}

// The parameters of the sample's first operator.
template <class Params>
Params& params(qfb::ModelT& model) {
  return *static_cast<Params*>(model.operators[0]->parameters.value);
}

inline qfb::TensorT& tensor(qfb::ModelT& model, const std::string& name) {
  for (auto& candidate : model.tensors) {
    if (candidate->name == name) return *candidate;
  }
  throw std::out_of_range("the sample has no tensor " + name);
}

}  // namespace qrun::test
