// Where a graph meets its caller and its constants: flips between int8 and uint8, tensors without a step of their own.

#include <gtest/gtest.h>

#include <cstring>

#include "tests/runtime/running.h"

namespace qrun::test {
namespace {

using qfb::DType;

// y = x + constant, both of `dtype`.
int add_operator(ModelBuilder& graph, int x1, int x2, const std::string& name, std::vector<std::int32_t> shape,
                 DType dtype = DType::int8) {
  const std::int32_t middle = dtype == DType::uint8 ? 128 : 0;
  qfb::AddT params;
  params.input1_zero_point = middle + 5;
  params.input2_zero_point = middle - 9;
  params.output_zero_point = middle + 1;
  params.input1_rescale = new_rescale(0);
  params.input2_rescale = new_rescale(-1);
  params.output_rescale = new_rescale(-19);
  params.clamp = full_clamp(dtype);
  return graph.add(std::move(params), {x1, x2}, name, std::move(shape), dtype);
}

// A requantization that only moves int8 to uint8.
int to_uint8(ModelBuilder& graph, int x, const std::string& name, std::vector<std::int32_t> shape) {
  qfb::RequantizeT params;
  params.input_zero_point = -3;
  params.output_zero_point = 125;
  params.rescale = std::make_unique<qfb::Rescale>(1 << 30, 1);
  params.clamp = full_clamp(DType::uint8);
  return graph.add(std::move(params), {x}, name, std::move(shape), DType::uint8);
}

// The steps' operator types, in order.
std::vector<std::string> step_types(const qfb::ModelT& model, const PlanOptions& options) {
  const Bytes file = finish(model);
  Result<Model> loaded = Model::from_buffer(file);
  EXPECT_TRUE(loaded.ok()) << loaded.status().message();
  Result<Plan> plan = Plan::create(*loaded, options);
  EXPECT_TRUE(plan.ok()) << plan.status().message();
  std::vector<std::string> types;
  for (std::size_t s = 0; s < plan->step_count(); ++s) types.emplace_back(plan->step(s).operator_type);
  return types;
}

class Edges : public testing::TestWithParam<std::string> {
 protected:
  void expect_interpreted(const ModelBuilder& graph) const {
    std::mt19937 random(3);
    const Buffers inputs = random_inputs(graph.model, random);
    for (const bool preserve_inputs : {false, true}) {
      const PlanOptions options{.isa = GetParam().c_str(), .preserve_inputs = preserve_inputs};
      EXPECT_EQ(run_model(graph.model, inputs, options), expected_outputs(graph.model, inputs));
    }
  }
};

// The requantization changes no stored byte, so its output is the constant's bytes as the row stores them; at the
// graph's edge they are the file's again.
TEST_P(Edges, AConstantBehindAnIdentityIsAnOutput) {
  for (const DType dtype : {DType::int8, DType::uint8}) {
    ModelBuilder graph("constant");
    graph.output(graph.input("x", {3}));
    qfb::RequantizeT identity;
    identity.rescale = std::make_unique<qfb::Rescale>(1 << 30, 1);
    identity.clamp = full_clamp(dtype);
    const int constant = graph.random_constant("constant", {1000}, dtype);
    graph.output(graph.add(std::move(identity), {constant}, "same", {1000}, dtype));
    expect_interpreted(graph);
  }
}

TEST_P(Edges, AGraphWithoutOperatorsReturnsItsInput) {
  ModelBuilder graph("g");
  graph.output(graph.input("a", {3}, DType::int8));
  graph.output(graph.input("b", {5}, DType::uint8));
  expect_interpreted(graph);
  EXPECT_TRUE(step_types(graph.model, {.isa = GetParam().c_str()}).empty());
}

TEST_P(Edges, AnOutputMayBeAConstant) {
  ModelBuilder graph("g");
  graph.input("x", {1});
  graph.output(graph.random_constant("a", {33}, DType::int8));
  graph.output(graph.random_constant("b", {40}, DType::uint8));
  graph.output(graph.constant("c", {2}, {-1, 1 << 30}));
  expect_interpreted(graph);
}

TEST_P(Edges, AnOutputMayBeUsedFurther) {
  for (const DType dtype : {DType::int8, DType::uint8}) {
    ModelBuilder graph("g");
    const int x = graph.input("x", {2, 3}, dtype);
    const int a = add_operator(graph, x, graph.random_constant("c", {3}, dtype), "a", {2, 3}, dtype);
    graph.output(a);
    graph.output(add_operator(graph, a, a, "b", {2, 3}, dtype));
    graph.output(a);
    graph.output(x);
    expect_interpreted(graph);
  }
}

TEST_P(Edges, ReshapesCostNoStepWhereverTheyAre) {
  for (const DType dtype : {DType::int8, DType::uint8}) {
    ModelBuilder graph("g");
    const int x = graph.input("x", {6}, dtype);
    const int in = graph.add(qfb::ReshapeT(), {x}, "in", {2, 3}, dtype);
    const int sum = add_operator(graph, in, graph.random_constant("c", {2, 1}, dtype), "sum", {2, 3}, dtype);
    graph.output(graph.add(qfb::ReshapeT(), {sum}, "out", {3, 2}, dtype));
    graph.output(graph.add(qfb::ReshapeT(), {x}, "both", {1, 6}, dtype));
    expect_interpreted(graph);
    std::vector<std::string> types = step_types(graph.model, {.isa = GetParam().c_str()});
    std::erase(types, "Edge");
    EXPECT_EQ(types, std::vector<std::string>{"Add"});
  }
}

TEST_P(Edges, AQuantizationThatMovesStoredBytesNowhereCostsNoStep) {
  ModelBuilder graph("g");
  const int x = graph.input("x", {2, 3});
  const int moved = to_uint8(graph, x, "moved", {2, 3});
  graph.output(add_operator(graph, moved, moved, "sum", {2, 3}, DType::uint8));
  graph.output(moved);
  graph.output(x);
  expect_interpreted(graph);
  std::vector<std::string> types = step_types(graph.model, {.isa = GetParam().c_str()});
  std::erase(types, "Edge");
  EXPECT_EQ(types, std::vector<std::string>{"Add"});
}

TEST_P(Edges, ConstantsServeAsActivationsOfEveryKind) {
  for (const DType dtype : {DType::int8, DType::uint8}) {
    ModelBuilder graph("g");
    const int x = graph.input("x", {2, 3}, dtype);
    const int constant = graph.random_constant("c", {2, 3}, dtype);
    qfb::ConcatenationT join;
    join.axis = 0;
    graph.output(graph.add(std::move(join), {constant, x, constant}, "join", {6, 3}, dtype));
    graph.output(add_operator(graph, constant, x, "sum", {2, 3}, dtype));
    graph.output(graph.add(qfb::ReshapeT(), {constant}, "reshaped", {3, 2}, dtype));
    graph.output(constant);
    expect_interpreted(graph);
  }
}

TEST_P(Edges, CopiesOfWholeTensorsCostNoStep) {
  ModelBuilder graph("g");
  const int x = graph.input("x", {1, 4, 1, 3});
  qfb::TransposeT move_ones;
  move_ones.permutation = {1, 0, 3, 2};
  int y = graph.add(std::move(move_ones), {x}, "transposed", {4, 1, 3, 1});
  qfb::SliceT all;
  all.begin = {0, 0, 0, 0};
  all.step = {1, 1, 1, 1};
  y = graph.add(std::move(all), {y}, "sliced", {4, 1, 3, 1});
  qfb::TileT once;
  once.repeats = {1, 1, 1, 1};
  y = graph.add(std::move(once), {y}, "tiled", {4, 1, 3, 1});
  qfb::ConcatenationT one;
  one.axis = 2;
  y = graph.add(std::move(one), {y}, "joined", {4, 1, 3, 1});
  qfb::PadT none;
  none.before = none.after = {0, 0, 0, 0};
  graph.output(graph.add(std::move(none), {y}, "padded", {4, 1, 3, 1}));
  expect_interpreted(graph);
  EXPECT_TRUE(step_types(graph.model, {.isa = GetParam().c_str()}).empty());
}

TEST_P(Edges, BytesAreFlippedWhereTheDtypeIsNotTheStoredOne) {
  const bool stores_uint8 = GetParam() == "reference_u8";
  if (!stores_uint8 && GetParam() != "reference") GTEST_SKIP() << "the domain of this row is its own affair";
  for (const DType dtype : {DType::int8, DType::uint8}) {
    ModelBuilder graph("g");
    const int x = graph.input("x", {2, 3}, dtype);
    graph.output(add_operator(graph, x, x, "sum", {2, 3}, dtype));
    const bool flips = (dtype == DType::uint8) != stores_uint8;
    EXPECT_EQ(step_types(graph.model, {.isa = GetParam().c_str()}),
              flips ? (std::vector<std::string>{"Edge", "Add", "Edge"}) : std::vector<std::string>{"Add"});
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, Edges, testing::ValuesIn(available_rows()), [](const auto& row) { return row.param; });

}  // namespace
}  // namespace qrun::test
