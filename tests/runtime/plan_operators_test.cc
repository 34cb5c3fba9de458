// Every operator from file to answer, on every row and so in both storage domains, equal to the interpreter's.

#include <gtest/gtest.h>

#include <tuple>

#include "tests/runtime/running.h"
#include "tests/support/sample_models.h"

namespace qrun::test {
namespace {

using Parameters = std::tuple<std::size_t, std::string>;  // sample model, row

class Operators : public testing::TestWithParam<Parameters> {};

TEST_P(Operators, EqualTheInterpreter) {
  const SampleModel& sample = sample_models()[std::get<0>(GetParam())];
  const qfb::ModelT model = sample.build().model;
  std::mt19937 random(5);
  for (int round = 0; round < 8; ++round) {
    const Buffers inputs = random_inputs(model, random);
    const PlanOptions options{.isa = std::get<1>(GetParam()).c_str()};
    EXPECT_EQ(run_model(model, inputs, options), expected_outputs(model, inputs)) << "round " << round;
  }
}

std::string name_of(const testing::TestParamInfo<Parameters>& info) {
  return std::string(sample_models()[std::get<0>(info.param)].name) + "_" + std::get<1>(info.param);
}

INSTANTIATE_TEST_SUITE_P(Samples, Operators,
                         testing::Combine(testing::Range(std::size_t{0}, sample_models().size()),
                                          testing::ValuesIn(available_rows())),
                         name_of);

}  // namespace
}  // namespace qrun::test
