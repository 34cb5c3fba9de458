// What the tests of lowering share: looking into the lowered operators, and the graph of one linear operator.

#pragma once

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "converter/lower/lowering.h"
#include "converter/refusal.h"
#include "tests/converter/graph_builder.h"

namespace qrun::test {

inline constexpr std::int32_t kHalf = 1 << 30;  // a mantissa of 0.5

// The only operator that a graph became.
template <class Params>
const Params& only(const converter::LoweredOperators& operators) {
  EXPECT_EQ(operators.size(), 1U);
  return *static_cast<const Params*>(operators.back()->parameters.value);
}

// The line about the only offender.
inline std::string refusal_of(converter::Graph& graph) {
  try {
    converter::lower(graph);
  } catch (const converter::Refusal& refusal) {
    EXPECT_EQ(refusal.offenders().size(), 1U) << refusal.what();
    return refusal.offenders().empty() ? refusal.what() : refusal.offenders()[0];
  }
  return "not refused";
}

inline void expect_rescale(const qfb::Rescale& rescale, std::int32_t multiplier, std::int32_t shift) {
  EXPECT_EQ(rescale.multiplier(), multiplier);
  EXPECT_EQ(rescale.shift(), shift);
}

inline void expect_clamp(const qfb::Clamp& clamp, std::int32_t min, std::int32_t max) {
  EXPECT_EQ(clamp.min(), min);
  EXPECT_EQ(clamp.max(), max);
}

struct LinearGraph : GraphBuilder {
  LinearGraph(converter::Parameters parameters, const Spec& x, const Spec& weights, std::vector<std::uint8_t> data,
              const Spec& y, std::vector<std::int64_t> bias = {}) {
    const TensorId input_id = input("x", x);
    weights_id = constant("weights", weights, std::move(data));
    const TensorId bias_id = bias.empty() ? converter::kAbsent : integers("bias", bias);
    output(add(std::move(parameters), {input_id, weights_id, bias_id}, "y", y));
  }
  TensorId weights_id;
};

}  // namespace qrun::test
