// Float networks calibrated on samples become integers wholly, and their results stay near.

#include "converter/calibrate/calibrate.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <map>

#include "tests/converter/calibrate/calibrated_network.h"
#include "tests/converter/refusal_text.h"

namespace qrun::converter::calibrate {
namespace {

using test::calibrate_on;
using test::IntegerNetwork;
using test::real;
using test::RealGraph;
using test::SampleList;
using test::some_samples;
using test::some_values;
using test::Values;
using ::testing::HasSubstr;

constexpr Activation kNone = Activation::kNone;
const Shape kImage = {1, 4, 4, 4};

// Of the quantized tensors, by name; the first where several have one.
std::map<std::string, Quantization> quantizations(const Graph& graph) {
  std::map<std::string, Quantization> result;
  for (const Operator& op : graph.operators) {
    if (!std::holds_alternative<Quantize>(op.parameters)) continue;
    const Tensor& tensor = graph.tensors[op.output()];
    result.emplace(tensor.name, tensor.quantization);
  }
  return result;
}

// ---- Ranges ----

TEST(Calibrate, RangesAreTheSamples) {
  RealGraph g;
  g.finish(Add{kNone}, {g.real_input({2}), g.real_input({2})}, {2});
  calibrate_on(g.graph, {{{0, 255}, {-1, 0}}, {{10, 20}, {0, 1.55F}}});
  const auto found = quantizations(g.graph);
  EXPECT_EQ(found.at("x0"), (Quantization{{1}, {-128}}));
  EXPECT_EQ(found.at("x1"), (Quantization{{0.01F}, {-28}}));
  EXPECT_EQ(found.at("y"), (Quantization{{256.0F / 255}, {-127}}));
}

TEST(Calibrate, SymmetricActivations) {
  RealGraph g;
  g.finish(Abs{}, {g.real_input({2})}, {2});
  Options options;
  options.symmetric_activations = true;
  calibrate_on(g.graph, {{{-127, 3}}}, options);
  EXPECT_EQ(quantizations(g.graph).at("x0"), (Quantization{{1}, {0}}));
  EXPECT_EQ(quantizations(g.graph).at("y"), (Quantization{{1}, {0}}));
}

TEST(Calibrate, ProbabilitiesHaveTheirOwnScale) {
  RealGraph g;
  g.finish(Softmax{1}, {g.real_input({1, 3})}, {1, 3});
  calibrate_on(g.graph, {{{1, 2, 3}}});
  EXPECT_EQ(quantizations(g.graph).at("y"), (Quantization{{1.0F / 256}, {-128}}));
}

// b is read by the result too.
TEST(Calibrate, PartsThatAreOnlyJoinedShareTheWholesScale) {
  RealGraph g;
  const TensorId x = g.real_input({1, 2});
  const TensorId a = g.add(Add{kNone}, {x, x}, "a", real({1, 2})), b = g.add(Mul{kNone}, {x, a}, "b", real({1, 2}));
  g.output(g.add(Concatenation{1}, {a, b}, "whole", real({1, 4})));
  const TensorId c = g.add(Mul{kNone}, {b, b}, "c", real({1, 2})), d = g.add(Add{kNone}, {b, x}, "d", real({1, 2}));
  g.output(g.add(Concatenation{1}, {c, d}, "second", real({1, 4})));
  calibrate_on(g.graph, {{{1, -2}}, {{3, 0.5F}}});
  const auto found = quantizations(g.graph);
  EXPECT_NE(found.at("a"), found.at("whole"));  // b reads it
  EXPECT_NE(found.at("b"), found.at("whole"));
  EXPECT_EQ(found.at("d"), found.at("second"));
}

TEST(Calibrate, WhatIsAlwaysZeroIsNoted) {
  RealGraph g;
  g.finish(Relu{Activation::kRelu}, {g.real_input({2})}, {2});
  calibrate_on(g.graph, {{{-1, -2}}});
  EXPECT_THAT(g.graph.notes, ::testing::ElementsAre("'y' was zero for all samples: it gets the scale 1"));
}

TEST(Calibrate, TellsItsProgress) {
  RealGraph g;
  g.finish(Abs{}, {g.real_input({1})}, {1});
  test::MemorySamples samples({{{1}}, {{2}}, {{3}}});
  std::vector<std::size_t> done;
  calibrate(g.graph, samples, {}, [&](std::size_t count, std::size_t total) {
    done.push_back(count);
    EXPECT_EQ(total, 3U);
  });
  EXPECT_THAT(done, ::testing::ElementsAre(1, 2, 3));
}

// ---- Refusals ----

TEST(Calibrate, RefusesSamplesThatAreWrong) {
  const auto text = [](const SampleList& samples) {
    RealGraph g;
    g.finish(Mul{kNone}, {g.real_input({2}), g.real_input({2})}, {2});
    return test::refusal_text([&] { calibrate_on(g.graph, samples); });
  };
  EXPECT_THAT(text({{{1, 2}, {1, 2}}, {{1, std::nanf("")}, {1, 2}}}), HasSubstr("sample 1, tensor 'x0'"));
  EXPECT_THAT(text({{{1e30F, 2}, {1e30F, 2}}}), HasSubstr("sample 0, tensor 'y'"));
  EXPECT_NE(text({{{1, 2}}}), "not refused");
  EXPECT_NE(text({{{1, 2}, {1, 2, 3}}}), "not refused");
  EXPECT_THAT(text({}), HasSubstr("at least one sample"));
}

TEST(Calibrate, RefusesWhatCannotBeComputed) {
  RealGraph g;
  g.finish(Unsupported{"it is a loop"}, {g.real_input({2})}, {2});
  EXPECT_NE(test::refusal_text([&] { calibrate_on(g.graph, {{{1, 2}}}); }), "not refused");
}

// ---- Every operator becomes integers ----

struct Case {
  const char* name;
  TensorId (*build)(RealGraph&, TensorId x);  // from an image to something near it
};

TensorId op(RealGraph& g, Parameters parameters, std::vector<TensorId> inputs, const Shape& shape = kImage) {
  return g.add(std::move(parameters), std::move(inputs), "t" + std::to_string(g.graph.operators.size()), real(shape));
}
TensorId some_constant(RealGraph& g, const Shape& shape) {
  return g.real_constant(shape, some_values(shape, static_cast<std::uint32_t>(g.graph.tensors.size())));
}
Window same() {
  Window window;
  window.rule = PaddingRule::kSame;
  return window;
}
TensorId conv(RealGraph& g, TensorId x, Activation activation = kNone) {
  return op(g, Conv2D{same(), activation}, {x, some_constant(g, {4, 3, 3, 4}), some_constant(g, {4})});
}
TensorId depthwise(RealGraph& g, TensorId x) {
  return op(g, DepthwiseConv2D{same(), Activation::kRelu6}, {x, some_constant(g, {1, 3, 3, 4}), some_constant(g, {4})});
}

const Case kCases[] = {
    {"conv", [](RealGraph& g, TensorId x) { return conv(g, x, Activation::kRelu); }},
    {"depthwise", [](RealGraph& g, TensorId x) { return depthwise(g, x); }},
    {"batch_normalization",
     [](RealGraph& g, TensorId x) {
       const TensorId scaled = op(g, Mul{kNone}, {conv(g, x), some_constant(g, {4})});
       return op(g, Relu{Activation::kRelu}, {op(g, Add{kNone}, {scaled, some_constant(g, {4})})});
     }},
    {"batch_normalization_alone",
     [](RealGraph& g, TensorId x) {
       const TensorId scaled = op(g, Mul{kNone}, {x, some_constant(g, {4})});
       return op(g, Relu{Activation::kRelu}, {op(g, Sub{kNone}, {scaled, some_constant(g, {4})})});
     }},
    {"batch_normalization_twice",
     [](RealGraph& g, TensorId x) {
       const TensorId relu = op(g, Relu{Activation::kRelu}, {op(g, Mul{kNone}, {conv(g, x), some_constant(g, {4})})});
       return op(g, Add{kNone}, {op(g, Mul{kNone}, {relu, some_constant(g, {4})}), some_constant(g, {4})});
     }},
    {"batch_normalization_of_a_sum",
     [](RealGraph& g, TensorId x) {
       const TensorId sum = op(g, Add{kNone}, {conv(g, x), x});
       return op(g, Add{kNone}, {op(g, Mul{kNone}, {sum, some_constant(g, {4})}), some_constant(g, {4})});
     }},
    {"scaled_softmax",
     [](RealGraph& g, TensorId x) {
       return op(g, Mul{kNone}, {op(g, Softmax{1}, {x}), g.real_constant({}, {3})});
     }},
    {"scaled_sum",
     [](RealGraph& g, TensorId x) {
       return op(g, Mul{kNone}, {op(g, Add{kNone}, {conv(g, x), x}), g.real_constant({}, {0.3F})});
     }},
    {"fused_clamp_and_batch_normalization",
     [](RealGraph& g, TensorId x) {
       return op(g, Add{kNone},
                 {op(g, Mul{kNone}, {conv(g, x, Activation::kRelu), some_constant(g, {4})}), some_constant(g, {4})});
     }},
    {"clamp_and_factor",
     [](RealGraph& g, TensorId x) {
       const TensorId scaled = op(g, Mul{Activation::kRelu}, {conv(g, x), some_constant(g, {4})});
       return op(g, Sub{kNone}, {op(g, Mul{kNone}, {scaled, g.real_constant({}, {0.3F})}), g.real_constant({}, {2})});
     }},
    {"clamp_and_negative_factor",
     [](RealGraph& g, TensorId x) {
       const TensorId relu = op(g, Relu{Activation::kRelu6}, {conv(g, x)});
       return op(g, Sub{kNone}, {g.real_constant({}, {2}), op(g, Mul{kNone}, {relu, g.real_constant({}, {-0.3F})})});
     }},
    {"batch_normalization_of_a_pool",
     [](RealGraph& g, TensorId x) {
       const Shape shape = {1, 3, 3, 4};
       const TensorId pool = op(g, Pool2D{PoolKind::kAverage, 2, 2, {}, kNone}, {x}, shape);
       return op(g, Mul{Activation::kRelu}, {pool, some_constant(g, {4})}, shape);
     }},
    {"batch_normalization_of_a_padded_pool",
     [](RealGraph& g, TensorId x) {
       return op(g, Mul{kNone}, {op(g, Pool2D{PoolKind::kAverage, 3, 3, same(), kNone}, {x}), some_constant(g, {4})});
     }},
    {"batch_normalization_of_a_mean",
     [](RealGraph& g, TensorId x) {
       const TensorId mean = op(g, Reduce{ReduceKind::kMean, {1, 2}}, {conv(g, x)}, {1, 4});
       return op(g, Add{kNone}, {mean, some_constant(g, {4})}, {1, 4});
     }},
    {"channels_behind_a_transpose",
     [](RealGraph& g, TensorId x) {
       return op(g, Mul{kNone}, {op(g, Transpose{{0, 3, 1, 2}}, {conv(g, x)}), some_constant(g, {4})});
     }},
    {"residual",
     [](RealGraph& g, TensorId x) {
       return op(g, Add{Activation::kRelu}, {conv(g, x), x});
     }},
    {"difference",
     [](RealGraph& g, TensorId x) {
       return op(g, Sub{kNone}, {conv(g, x), x});
     }},
    {"product",
     [](RealGraph& g, TensorId x) {
       return op(g, Mul{kNone}, {depthwise(g, x), x});
     }},
    {"sum_with_constant",
     [](RealGraph& g, TensorId x) {
       return op(g, Add{kNone}, {x, some_constant(g, kImage)});
     }},
    {"swish",
     [](RealGraph& g, TensorId x) {
       return op(g, Mul{kNone}, {x, op(g, Function{"logistic"}, {x})});
     }},
    {"hard_swish", [](RealGraph& g, TensorId x) { return op(g, HardSwish{}, {conv(g, x)}); }},
    {"leaky", [](RealGraph& g, TensorId x) { return op(g, LeakyRelu{0.1F}, {conv(g, x)}); }},
    {"abs", [](RealGraph& g, TensorId x) { return op(g, Abs{}, {x}); }},
    {"prelu",
     [](RealGraph& g, TensorId x) {
       return op(g, PRelu{}, {conv(g, x), some_constant(g, {4})});
     }},
    {"maximum",
     [](RealGraph& g, TensorId x) {
       return op(g, Maximum{}, {conv(g, x), g.real_constant({}, {0.5F})});
     }},
    {"minimum",
     [](RealGraph& g, TensorId x) {
       return op(g, Minimum{}, {g.real_constant({}, {0.5F}), conv(g, x)});
     }},
    {"divided",
     [](RealGraph& g, TensorId x) {
       return op(g, Div{}, {conv(g, x), g.real_constant({}, {3})});
     }},
    {"squared",
     [](RealGraph& g, TensorId x) {
       return op(g, Pow{}, {x, g.real_constant({}, {2})});
     }},
    {"max_pool",
     [](RealGraph& g, TensorId x) {
       return op(g, Pool2D{PoolKind::kMax, 2, 2, same(), kNone}, {conv(g, x)});
     }},
    {"average_pool",
     [](RealGraph& g, TensorId x) {
       return op(g, Pool2D{PoolKind::kAverage, 2, 2, {}, kNone}, {conv(g, x)}, {1, 3, 3, 4});
     }},
    {"padded_average_pool",
     [](RealGraph& g, TensorId x) {
       return op(g, Pool2D{PoolKind::kAverage, 3, 3, same(), kNone}, {conv(g, x)});
     }},
    {"image_mean",
     [](RealGraph& g, TensorId x) {
       return op(g, Reduce{ReduceKind::kMean, {1, 2}}, {conv(g, x)}, {1, 4});
     }},
    {"channel_sum",
     [](RealGraph& g, TensorId x) {
       return op(g, Reduce{ReduceKind::kSum, {3}}, {x}, {1, 4, 4});
     }},
    {"softmax",
     [](RealGraph& g, TensorId x) {
       return op(g, Softmax{1}, {op(g, Add{kNone}, {x, x})});
     }},
    {"fully_connected",
     [](RealGraph& g, TensorId x) {
       const TensorId flat = op(g, Reshape{}, {conv(g, x)}, {1, 64});
       return op(g, FullyConnected{kNone}, {flat, some_constant(g, {5, 64}), some_constant(g, {5})}, {1, 5});
     }},
    {"transpose",
     [](RealGraph& g, TensorId x) {
       return op(g, Transpose{{0, 3, 1, 2}}, {depthwise(g, x)}, {1, 4, 4, 4});
     }},
    {"slice",
     [](RealGraph& g, TensorId x) {
       return op(g, Slice{{0, 1, 0, 0}, {1, 1, 2, 1}}, {conv(g, x)}, {1, 2, 2, 4});
     }},
    {"concatenation",
     [](RealGraph& g, TensorId x) {
       return op(g, Concatenation{3}, {conv(g, x), depthwise(g, x)}, {1, 4, 4, 8});
     }},
    {"concatenation_with_the_input",
     [](RealGraph& g, TensorId x) {
       return op(g, Concatenation{3}, {conv(g, x), x}, {1, 4, 4, 8});
     }},
    {"pad",
     [](RealGraph& g, TensorId x) {
       return op(g, Pad{{0, 1, 1, 0}, {0, 1, 1, 0}, {}, 0}, {conv(g, x)}, {1, 6, 6, 4});
     }},
    {"tile",
     [](RealGraph& g, TensorId x) {
       return op(g, Tile{{1, 2, 1, 1}}, {x}, {1, 8, 4, 4});
     }},
    {"gather",
     [](RealGraph& g, TensorId x) {
       return op(g, Gather{1, {3, 0}}, {conv(g, x)}, {1, 2, 4, 4});
     }},
    {"bilinear",
     [](RealGraph& g, TensorId x) {
       return op(g, ResizeBilinear{false, true}, {conv(g, x)}, {1, 8, 8, 4});
     }},
    {"nearest",
     [](RealGraph& g, TensorId x) {
       return op(g, ResizeNearest{{0, 0, 1, 1, 2, 2, 3, 3}, {0, 1, 2, 3}}, {conv(g, x)}, {1, 8, 4, 4});
     }},
};

class CalibrateOperators : public testing::TestWithParam<Case> {};

// Ends in a table, so that the operator's result is in the middle, and at the end.
TEST_P(CalibrateOperators, BecomeIntegersAndStayNear) {
  for (const bool in_the_middle : {false, true}) {
    SCOPED_TRACE(in_the_middle);
    const auto build = [&](RealGraph& g) {
      TensorId y = GetParam().build(g, g.real_input(kImage));
      const Shape shape = g.graph.tensors[y].shape;
      if (in_the_middle) y = op(g, Add{kNone}, {y, op(g, Function{"tanh"}, {y}, shape)}, shape);
      g.output(y);
    };
    RealGraph floats, integers;
    build(floats);
    build(integers);
    const SampleList samples = some_samples(floats.graph, 8);
    try {
      calibrate_on(integers.graph, samples);
      IntegerNetwork network(test::integer_file(integers.graph));
      for (const auto& sample : samples) {
        const Values expected = floats.run(sample), got = network.run(sample)[0];
        ASSERT_EQ(got.size(), expected.size());
        // Inputs' and weights' roundings add up; this catches what is wrong, not what is coarse.
        const float step = network.model().output(0).scale();
        for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], expected[i], 8 * step) << i;
      }
    } catch (const Refusal& refusal) {
      FAIL() << test::whole_text(refusal);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, CalibrateOperators, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

// ---- A network ----

TensorId small_network(RealGraph& g) {
  const TensorId x = g.real_input(kImage), first = conv(g, x, Activation::kRelu);
  const TensorId scaled =
      op(g, Mul{kNone}, {conv(g, depthwise(g, first)), g.real_constant({4}, {0.1F, 0.2F, 0.1F, 0.3F})});
  const TensorId sum = op(g, Add{kNone}, {op(g, Add{kNone}, {scaled, some_constant(g, {4})}), first});
  const TensorId relu = op(g, Relu{Activation::kRelu}, {sum});
  const TensorId mean = op(g, Reduce{ReduceKind::kMean, {1, 2}}, {relu}, {1, 4});
  return op(g, FullyConnected{kNone}, {mean, some_constant(g, {3, 4}), some_constant(g, {3})}, {1, 3});
}

// 10 log10(signal / error) over all samples.
double decibels(const Options& options) {
  RealGraph floats, integers;
  floats.output(small_network(floats));
  integers.output(small_network(integers));
  const SampleList samples = some_samples(floats.graph, 32);
  calibrate_on(integers.graph, samples, options);
  IntegerNetwork network(test::integer_file(integers.graph));
  double signal = 0, error = 0;
  for (const auto& sample : samples) {
    const Values expected = floats.run(sample), got = network.run(sample)[0];
    for (std::size_t i = 0; i < got.size(); ++i) {
      signal += std::pow(static_cast<double>(expected[i]), 2);
      error += std::pow(static_cast<double>(expected[i]) - static_cast<double>(got[i]), 2);
    }
  }
  return 10 * std::log10(signal / error);
}

TEST(Calibrate, ASmallNetworkStaysNear) {
  // Not entropy's: it takes more values than there are here (docs/calibration.md).
  for (const RangeMethod method :
       {RangeMethod::kMinMax, RangeMethod::kMovingAverage, RangeMethod::kPercentile, RangeMethod::kMse}) {
    Options options;
    options.range = method;
    EXPECT_GT(decibels(options), method == RangeMethod::kMovingAverage ? 20 : 25) << range_method_name(method);
  }
  Options others;
  others.per_channel = false;
  EXPECT_GT(decibels(others), 25);
  others.symmetric_activations = true;
  others.weight_range = WeightRange::kFull;
  others.equalize = true;
  EXPECT_GT(decibels(others), 20);
}

// The bias has 2^40 steps of the accumulator where weights' scales are only their own.
TEST(Calibrate, BiasesTooLargeForTheAccumulator) {
  for (const bool per_channel : {true, false}) {
    const auto build = [](RealGraph& g) {
      const TensorId weights = g.real_constant({2, 2}, {1e-9F, 2e-9F, 1, -1});
      g.finish(FullyConnected{kNone}, {g.real_input({1, 2}), weights, g.real_constant({2}, {3, -1})}, {1, 2});
    };
    RealGraph floats, integers;
    build(floats);
    build(integers);
    const SampleList samples = some_samples(floats.graph, 4);
    Options options;
    options.per_channel = per_channel;
    calibrate_on(integers.graph, samples, options);
    IntegerNetwork network(test::integer_file(integers.graph));
    for (const auto& sample : samples) {
      const Values expected = floats.run(sample), got = network.run(sample)[0];
      for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 0.06F);
    }
  }
}

}  // namespace
}  // namespace qrun::converter::calibrate
