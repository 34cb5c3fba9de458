// Graph inputs and outputs: their shapes, types and layout are the caller's.

#include "converter/onnx/edges.h"

#include "tests/converter/onnx/reading.h"

namespace qrun::converter {
namespace {

using test::Extents;
using test::OnnxBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

OnnxBuilder relu_of(const Extents& shape, OnnxType type = OnnxType::kFloat) {
  OnnxBuilder file;
  file.output(file.add("Relu", {file.input("x", shape, type)}, "y"));
  return file;
}

OnnxOptions shape_given(const std::string& name, const Extents& shape) { return {{{name, shape}}, false}; }

const Tensor& input(const Graph& graph) { return graph.tensors[graph.inputs.at(0)]; }
const Tensor& output(const Graph& graph) { return graph.tensors[graph.outputs.at(0)]; }

TEST(OnnxEdges, OpenShapesAskForOneThatWouldDo) {
  EXPECT_EQ(test::refusal_of(relu_of({-1, 3, 224, 224})),
            "the input 'x' has the dynamic shape [N,3,224,224]; give --shape x=1,3,224,224");
  EXPECT_EQ(test::refusal_of(relu_of({1, -1, -1, -1})),
            "the input 'x' has the dynamic shape [1,N,N,N]; give --shape x=1,3,224,224");
  OnnxBuilder negative = relu_of({1, 3});
  negative.graph()
      .mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->set_dim_value(-1);
  EXPECT_EQ(test::refusal_of(negative), "the input 'x' has the dynamic shape [-1,3]; give --shape x=1,3");
  OnnxBuilder nameless = relu_of({1, 3});
  nameless.graph()
      .mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->clear_value();
  EXPECT_EQ(test::refusal_of(nameless), "the input 'x' has the dynamic shape [?,3]; give --shape x=1,3");
  OnnxBuilder shapeless = relu_of({});
  shapeless.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  EXPECT_EQ(test::refusal_of(shapeless), "the input 'x' has the dynamic shape [?]; give --shape x=1,3,224,224");
}

TEST(OnnxEdges, AGivenShapeFillsWhatIsOpen) {
  EXPECT_THAT(input(test::read(relu_of({-1, 3, -1}), shape_given("x", {2, 3, 5}))).shape, ElementsAre(2, 3, 5));
  EXPECT_THAT(input(test::read(relu_of({4, 3}), shape_given("x", {4, 3}))).shape, ElementsAre(4, 3));
}

TEST(OnnxEdges, AGivenShapeMustAgree) {
  for (const Extents& shape : {Extents{1, 4, 5}, {1, 3}, {1, 3, 5, 1}}) {
    EXPECT_EQ(test::refusal_of(relu_of({-1, 3, -1}), shape_given("x", shape)),
              "--shape x: the file says [N,3,N], which the given shape contradicts");
  }
  EXPECT_EQ(test::refusal_of(relu_of({-1}), shape_given("X", {1})), "--shape X: the graph has no input of this name");
  EXPECT_EQ(test::refusal_of(relu_of({-1}), shape_given("y", {1})), "--shape y: the graph has no input of this name");
}

TEST(OnnxEdges, InputsHaveElements) {
  EXPECT_EQ(test::refusal_of(relu_of({1, 0, 4})), "the input 'x' has the empty shape [1,0,4]");
  EXPECT_EQ(test::refusal_of(relu_of({1}, OnnxType::kString)), "the input 'x' is string");
  EXPECT_EQ(test::refusal_of(relu_of({1 << 20, 1 << 20})), "the input 'x': its shape takes 2 GiB or more");
}

TEST(OnnxEdges, AnInitializerThatIsAnInputTooIsAConstant) {
  OnnxBuilder file = relu_of({2});
  file.input("c", {2});
  file.reals("c", {2}, {1, 2});
  file.graph().mutable_node(0)->set_op_type("Add");
  file.graph().mutable_node(0)->add_input("c");
  const Graph graph = test::read(file);
  EXPECT_EQ(graph.inputs.size(), 1U);
  EXPECT_TRUE(graph.tensors[test::the<Add>(graph).inputs[1]].is_constant);
  OnnxBuilder only;
  only.input("c", {2});
  only.reals("c", {2}, {1, 2});
  only.output(only.add("Relu", {"c"}, "y"));
  EXPECT_EQ(test::refusal_of(only), "the graph has no inputs");
}

TEST(OnnxEdges, AGraphHasOutputsThatSomethingWrites) {
  OnnxBuilder file;
  file.input("x", {1});
  EXPECT_EQ(test::refusal_of(file), "the graph has no outputs");
  file.output("z");
  EXPECT_EQ(test::refusal_of(file), "the graph's output 'z' is written by no node");
}

// Inside they are int8; the edges stay as they were.
TEST(OnnxEdges, UnsignedEdgesStayUnsigned) {
  OnnxBuilder file;
  const test::Scale scale{0.5F, 131, OnnxType::kUInt8};
  const std::string real = file.dequantize(file.input("x", {4}, OnnxType::kUInt8), "real", scale);
  file.output(file.quantize(file.add("Relu", {real}, "relu"), "y", {0.25F, 0, OnnxType::kUInt8}));
  const Graph graph = test::integer_graph(file);
  EXPECT_EQ(input(graph).name, "x");
  EXPECT_EQ(input(graph).dtype, DType::kUInt8);
  EXPECT_EQ(input(graph).quantization, (Quantization{{0.5F}, {131}, 0}));
  EXPECT_EQ(output(graph).name, "y");
  EXPECT_EQ(output(graph).dtype, DType::kUInt8);
  EXPECT_EQ(output(graph).quantization, (Quantization{{0.25F}, {0}, 0}));
  const Operator& lookup = test::the<Lookup>(graph);
  EXPECT_EQ(graph.tensors[lookup.inputs[0]].dtype, DType::kInt8);
  EXPECT_EQ(graph.tensors[lookup.inputs[0]].quantization, (Quantization{{0.5F}, {3}, 0}));
}

// What only moves has no meaning of its own: any will do, the same everywhere.
TEST(OnnxEdges, BytesThatOnlyMoveGetAMeaning) {
  OnnxBuilder file;
  file.output(file.add("Flatten", {file.input("x", {2, 2}, OnnxType::kInt8)}, "y"));
  const Graph graph = test::read(file);
  EXPECT_EQ(input(graph).quantization, (Quantization{{1}, {0}, 0}));
  EXPECT_EQ(output(graph).quantization, input(graph).quantization);
}

TEST(OnnxEdges, BytesThatMoveBeforeTheirMeaningIsStated) {
  OnnxBuilder file;
  const std::string moved = file.add("Flatten", {file.input("x", {2, 2}, OnnxType::kInt8)}, "moved");
  file.quantized_output(file.add("Relu", {file.dequantize(moved, "real", {0.5F, 3})}, "relu"));
  EXPECT_EQ(input(test::read(file)).quantization, (Quantization{{0.5F}, {3}, 0}));
}

TEST(OnnxEdges, ImagesMayBeChannelsLast) {
  const OnnxBuilder file = test::small_onnx_convolution();
  Graph graph = test::read(file, {{}, true});
  make_integers(graph);
  run_passes(graph);
  EXPECT_THAT(input(graph).shape, ElementsAre(1, 4, 4, 2));
  EXPECT_THAT(output(graph).shape, ElementsAre(1, 4, 4, 3));
  EXPECT_EQ(input(graph).name, "x");
  EXPECT_EQ(output(graph).name, "y");
  EXPECT_THAT(test::all<Transpose>(graph), IsEmpty());
  EXPECT_EQ(graph.operators.size(), 1U);
}

TEST(OnnxEdges, OnlyImagesAreChannelsLast) {
  EXPECT_THAT(input(test::read(relu_of({1, 2, 3}), {{}, true})).shape, ElementsAre(1, 2, 3));
}

// --shape speaks of the file's axes, whatever the layout.
TEST(OnnxEdges, GivenShapesAreTheFilesWhateverTheLayout) {
  OnnxOptions options = shape_given("x", {1, 2, 4, 5});
  options.edges_nhwc = true;
  EXPECT_THAT(input(test::read(relu_of({-1, 2, -1, -1}), options)).shape, ElementsAre(1, 4, 5, 2));
}

TEST(OnnxEdges, AnInputMayBeAnOutput) {
  OnnxBuilder file;
  file.output(file.input("x", {2}, OnnxType::kInt8));
  const Graph graph = test::read(file);
  EXPECT_EQ(output(graph).name, "x");
  EXPECT_THAT(output(graph).shape, ElementsAre(2));
}

}  // namespace
}  // namespace qrun::converter
