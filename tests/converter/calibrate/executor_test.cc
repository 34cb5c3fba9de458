// What the executor does around its operators: observing, quantization, constants, refusals, threads.

#include "converter/calibrate/executor.h"

#include <gmock/gmock.h>

#include <map>
#include <thread>

#include "converter/refusal.h"
#include "tests/converter/calibrate/real_graph.h"

namespace qrun::converter::calibrate {
namespace {

using test::RealGraph;
using test::Spec;
using test::Values;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Activation kNone = Activation::kNone;

TEST(CalibrateExecutor, ObservesInputsAndResultsInOrder) {
  RealGraph graph;
  const TensorId x = graph.real_input({2});
  const TensorId doubled = graph.add(Add{kNone}, {x, x}, "doubled", test::real({2}));
  const TensorId unread = graph.add(Abs{}, {doubled}, "unread", test::real({2}));
  graph.output(graph.add(Mul{kNone}, {doubled, doubled}, "y", test::real({2})));
  std::vector<std::pair<TensorId, Values>> seen;
  const Values input = {1, -3};
  const auto outputs = Executor(graph.graph).run(std::vector<Values>{input}, [&](TensorId id, Reals values) {
    seen.emplace_back(id, Values{values.begin(), values.end()});
  });
  EXPECT_THAT(seen, ElementsAre(std::pair(x, Values{1, -3}), std::pair(doubled, Values{2, -6}),
                                std::pair(unread, Values{2, 6}), std::pair(graph.graph.outputs[0], Values{4, 36})));
  EXPECT_THAT(outputs, ElementsAre(Values{4, 36}));
}

TEST(CalibrateExecutor, OutputsMayBeInputsConstantsAndReadFurther) {
  RealGraph graph;
  const TensorId x = graph.real_input({1}), c = graph.real_constant({1}, {7});
  const TensorId sum = graph.add(Add{kNone}, {x, c}, "sum", test::real({1}));
  for (const TensorId id : {x, c, sum, sum}) graph.output(id);
  graph.finish(Abs{}, {sum}, {1});
  EXPECT_THAT(Executor(graph.graph).run(std::vector<Values>{{-9}}, {}),
              ElementsAre(Values{-9}, Values{7}, Values{-2}, Values{-2}, Values{2}));
}

// scale 0.5, zero point 2: halves of steps go to the even neighbour, before the zero point is added.
TEST(CalibrateExecutor, QuantizedTensorsHoldNumbersOfTheirGrid) {
  RealGraph graph;
  const TensorId x = graph.real_input({6});
  const TensorId q = graph.add(Quantize{}, {x}, "q", {{6}, 0.5F, 2});
  graph.finish(Dequantize{}, {q}, {6});
  EXPECT_THAT(graph.run({{0.25F, 0.75F, -0.3F, 1000, -1000, 3}}), ElementsAre(0, 1, -0.5F, 62.5F, -65, 3));
}

TEST(CalibrateExecutor, QuantizedToUnsignedBytes) {
  RealGraph graph;
  const TensorId q = graph.add(Quantize{}, {graph.real_input({3})}, "q", {{3}, 1, 10, DType::kUInt8});
  graph.finish(Dequantize{}, {q}, {3});
  EXPECT_THAT(graph.run({{-300, 1.5F, 300}}), ElementsAre(-10, 2, 245));
}

TEST(CalibrateExecutor, QuantizedTensorsAreNotObserved) {
  RealGraph graph;
  const TensorId q = graph.add(Quantize{}, {graph.real_input({1})}, "q", {{1}, 1, 0});
  graph.finish(Dequantize{}, {q}, {1});
  Executor(graph.graph).run(std::vector<Values>{{3}}, [&](TensorId id, Reals) { EXPECT_NE(id, q); });
}

TEST(CalibrateExecutor, WeightsMayBeQuantizedPerChannelAndDequantizedFirst) {
  for (const bool is_explicit : {false, true}) {
    RealGraph graph;
    TensorId weights = graph.constant("w", {{2, 2}, 1, 0}, {1, 2, 0xFF, 4});
    graph.graph.tensors[weights].quantization = {{0.5F, 2}, {0, 1}, 0};
    if (is_explicit) weights = graph.add(Dequantize{}, {weights}, "real", test::real({2, 2}));
    const TensorId bias =
        graph.constant("b", {{2}, 0, 0, DType::kInt32}, integer_bytes(std::vector<std::int64_t>{4, -4}, DType::kInt32));
    graph.graph.tensors[bias].quantization = {{0.25F}, {0}, 0};
    graph.finish(FullyConnected{kNone}, {graph.real_input({1, 2}), weights, bias}, {1, 2});
    EXPECT_THAT(graph.run({{10, 1}}), ElementsAre(7, -35));
  }
}

TEST(CalibrateExecutor, HalfPrecisionWeights) {
  RealGraph graph;
  const TensorId half = graph.constant("h", {{2}, 0, 0, DType::kFloat16}, {0x00, 0x3E, 0x00, 0xC4});
  const TensorId real = graph.add(Dequantize{}, {half}, "real", test::real({2}));
  graph.finish(Add{kNone}, {graph.real_input({2}), real}, {2});
  EXPECT_THAT(graph.run({{1, 1}}), ElementsAre(2.5F, -3));
}

TEST(CalibrateExecutor, IndicesAreNumbersAndNotObserved) {
  RealGraph graph;
  const TensorId x = graph.real_input({1, 3});
  graph.output(graph.add(ArgMax{1, false}, {x}, "index", {{1}, 0, 0, DType::kInt32}));
  const auto outputs =
      Executor(graph.graph).run(std::vector<Values>{{1, 2, 3}}, [&](TensorId id, Reals) { EXPECT_EQ(id, x); });
  EXPECT_THAT(outputs[0], ElementsAre(2));
}

std::vector<std::string> offenders_of(const Graph& graph) {
  try {
    Executor executor(graph);
  } catch (const Refusal& refusal) {
    return refusal.offenders();
  }
  return {};
}

TEST(CalibrateExecutor, RefusesWithAllOffendersBeforeRunning) {
  RealGraph graph;
  const TensorId x = graph.real_input({2});
  const TensorId a = graph.add(Unsupported{"it is a loop"}, {x}, "a", test::real({2}));
  const TensorId b = graph.add(Unsupported{""}, {a}, "b", test::real({2}));
  const TensorId c = graph.add(Function{"zeta"}, {b}, "c", test::real({2}));
  const TensorId d = graph.add(Lookup{"table", {}}, {c}, "d", {{2}});
  const TensorId e = graph.add(Add{kNone}, {d}, "e", test::real({2}));
  graph.finish(Add{kNone}, {e, graph.real_input({3})}, {2});
  EXPECT_THAT(offenders_of(graph.graph),
              ElementsAre("OP 'a': it is a loop", "OP 'c': there is no function of the name 'zeta'",
                          "OP 'd': it cannot be computed with real numbers; only float networks are calibrated",
                          "OP 'e': its input 1 is missing", HasSubstr("OP 'y': its inputs' shapes [2] and [3]")));
}

TEST(CalibrateExecutor, RefusesTensorsThatAreNoNumbers) {
  RealGraph graph;
  const TensorId x = graph.input("x", {{2}, 0, 0, DType::kOther});
  graph.finish(Abs{}, {x}, {2});
  EXPECT_THROW(Executor executor(graph.graph), Refusal);
  RealGraph quantized;
  const TensorId y = quantized.add(Quantize{}, {quantized.real_input({2})}, "y", {{2}, 1, 0, DType::kInt16});
  quantized.graph.tensors[y].quantization.scales = {1};
  EXPECT_THAT(offenders_of(quantized.graph), ElementsAre(HasSubstr("'y' is quantized to int16")));
  RealGraph channels;
  const TensorId weights = channels.constant("w", {{2, 1}}, {1, 2});
  channels.graph.tensors[weights].quantization = {{1, 1, 1}, {0}, 0};
  channels.finish(FullyConnected{kNone}, {channels.real_input({1}), weights, kAbsent}, {2});
  EXPECT_THAT(offenders_of(channels.graph), ElementsAre(HasSubstr("'w' has 3 scales and 1 zero points")));
  RealGraph offset;
  const TensorId far = offset.constant("far", {{1, 1}}, {1});
  offset.graph.tensors[far].quantization = {{1}, {std::int64_t{1} << 50}, 0};
  offset.finish(FullyConnected{kNone}, {offset.real_input({1}), far, kAbsent}, {1});
  EXPECT_THAT(offenders_of(offset.graph),
              ElementsAre(HasSubstr("'far' has the zero point 1125899906842624; int8 holds")));
}

TEST(CalibrateExecutor, RefusesWeightsThatAreNoNumbers) {
  RealGraph graph;
  const TensorId weights = graph.real_constant({1, 2}, {1, std::nanf("")});
  graph.finish(FullyConnected{kNone}, {graph.real_input({2}), weights, kAbsent}, {1});
  EXPECT_THAT(offenders_of(graph.graph), ElementsAre(HasSubstr("holds nan at element 1; export")));
}

TEST(CalibrateExecutor, RefusesWhatNothingWritesAndSamplesThatDoNotFit) {
  RealGraph graph;
  graph.finish(Abs{}, {graph.tensor("lost", test::real({2}))}, {2});
  EXPECT_THROW(Executor executor(graph.graph), Refusal);
  RealGraph good;
  good.finish(Abs{}, {good.real_input({2})}, {2});
  const Executor executor(good.graph);
  EXPECT_THROW(executor.run({}, {}), Refusal);
  EXPECT_THROW(executor.run(std::vector<Values>{{1, 2, 3}}, {}), Refusal);
}

TEST(CalibrateExecutor, ThreadsMayShareIt) {
  RealGraph graph;
  const Shape shape = {1, 8, 8, 4};
  const TensorId weights = graph.real_constant({4, 3, 3, 4}, test::some_values({4, 3, 3, 4}, 1));
  Window window;
  window.rule = PaddingRule::kSame;
  graph.finish(Conv2D{window, kNone}, {graph.real_input(shape), weights, kAbsent}, shape);
  const Executor executor(graph.graph);
  const std::vector<Values> input = {test::some_values(shape, 2)};
  const Values expected = executor.run(input, {})[0];
  const auto work = [&] {
    for (int i = 0; i < 20; ++i) EXPECT_EQ(executor.run(input, {})[0], expected);
  };
  std::thread one(work), two(work);
  one.join();
  two.join();
}

}  // namespace
}  // namespace qrun::converter::calibrate
