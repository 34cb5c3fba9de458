// Axes: what a source's Transpose, and images that the graph holds as [N,H,W,C], cost.

#include "converter/onnx/builder.h"
#include "tests/converter/onnx/reading.h"

namespace qrun::converter {
namespace {

using test::Extents;
using test::OnnxBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Extents kToLast = {0, 2, 3, 1}, kToFirst = {0, 3, 1, 2};

// A depthwise convolution of 1x1, which leaves the shape as it is.
std::string convolution(OnnxBuilder& file, const std::string& x, const std::string& name, std::int64_t channels) {
  const std::string weights =
      file.weights(name + ".w", {channels, 1, 1, 1}, std::vector<int>(static_cast<std::size_t>(channels), 1), {1});
  return file.requantize(file.add("Conv", {x, weights}, name, {{"group", channels}}), name + ".q", {});
}

TEST(OnnxOrder, ATransposeAloneIsOne) {
  OnnxBuilder file;
  file.quantized_output(file.add("Transpose", {file.quantized_input("x", {1, 2, 3, 4})}, "t", {{"perm", kToLast}}));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(std::get<Transpose>(test::the<Transpose>(graph).parameters).permutation, ElementsAre(0, 2, 3, 1));
  EXPECT_THAT(graph.tensors[graph.outputs[0]].shape, ElementsAre(1, 3, 4, 2));
}

TEST(OnnxOrder, ATransposeWithoutPermutationTurnsTheAxesAround) {
  OnnxBuilder file;
  file.quantized_output(file.add("Transpose", {file.quantized_input("x", {2, 3, 4})}, "t"));
  EXPECT_THAT(std::get<Transpose>(test::the<Transpose>(test::integer_graph(file)).parameters).permutation,
              ElementsAre(2, 1, 0));
}

TEST(OnnxOrder, ATransposeThatIsUndoneCostsNothing) {
  OnnxBuilder file;
  std::string x = file.add("Transpose", {file.quantized_input("x", {1, 2, 3, 4})}, "there", {{"perm", kToLast}});
  x = file.requantize(file.add("Relu", {x}, "relu"), "q", {});
  file.quantized_output(file.add("Transpose", {x}, "back", {{"perm", kToFirst}}));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::all<Transpose>(graph), IsEmpty());
  EXPECT_THAT(graph.tensors[graph.outputs[0]].shape, ElementsAre(1, 2, 3, 4));
}

// As exporters from [N,H,W,C] frameworks write them: a pair around each convolution, and one at either edge.
TEST(OnnxOrder, ChannelsLastModelsConvertWithoutTransposes) {
  OnnxBuilder file;
  std::string x = file.quantized_input("x", {1, 3, 4, 2});
  for (const char* name : {"a", "b"}) {
    x = file.add("Transpose", {x}, std::string(name) + ".first", {{"perm", kToFirst}});
    x = convolution(file, x, name, 2);
    x = file.add("Transpose", {x}, std::string(name) + ".last", {{"perm", kToLast}});
  }
  file.quantized_output(x);
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::all<Transpose>(graph), IsEmpty());
  EXPECT_THAT(test::all<DepthwiseConv2D>(graph), SizeIs(2));
}

TEST(OnnxOrder, AnImageIsTurnedOnceForAllItsReaders) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2, 3, 4});
  const std::string a = convolution(file, x, "a", 2), b = convolution(file, x, "b", 2),
                    c = convolution(file, x, "c", 2);
  file.quantized_output(file.add("Concat", {a, b, c}, "joined", {{"axis", std::int64_t{1}}}));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::all<DepthwiseConv2D>(graph), SizeIs(3));
  ASSERT_THAT(test::all<Transpose>(graph), SizeIs(2));  // at the input and at the output
  EXPECT_EQ(graph.tensors[test::all<Transpose>(graph)[0]->output()].name, "x.q.real/nhwc");
  // Channels are the last axis there.
  EXPECT_EQ(std::get<Concatenation>(test::the<Concatenation>(graph).parameters).axis, 3);
}

TEST(OnnxOrder, WhereOnlyExtentsOf1MoveItIsAReshape) {
  for (const Extents& shape : {Extents{1, 1, 3, 4}, {1, 5, 1, 1}}) {
    OnnxBuilder file;
    file.quantized_output(convolution(file, file.quantized_input("x", shape), "a", shape[1]));
    const Graph graph = test::integer_graph(file);
    EXPECT_THAT(test::all<Transpose>(graph), IsEmpty());
    EXPECT_THAT(test::all<Reshape>(graph), SizeIs(2));
  }
}

TEST(OnnxOrder, ElementwiseOperatorsKeepTheOrderOfImages) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2, 3, 4});
  const std::string a = convolution(file, x, "a", 2);
  const std::string sum = file.requantize(file.add("Add", {x, a}, "sum"), "s", {});
  file.quantized_output(convolution(file, sum, "b", 2));
  EXPECT_THAT(test::all<Transpose>(test::integer_graph(file)), SizeIs(2));
}

TEST(OnnxOrder, AxesOfMovementFollowTheOrder) {
  OnnxBuilder file;
  std::string x = convolution(file, file.quantized_input("x", {1, 2, 3, 4}), "a", 2);
  x = file.add("Slice", {x, file.integers("starts", {1}), file.integers("ends", {4}), file.integers("axes", {3})},
               "sliced");
  x = file.add("Pad", {x, file.integers("pads", {0, 0, 1, 0, 0, 0, 0, 2})}, "padded");
  file.quantized_output(convolution(file, x, "b", 2));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(std::get<Slice>(test::the<Slice>(graph).parameters).begin, ElementsAre(0, 0, 1, 0));
  EXPECT_THAT(graph.tensors[test::the<Slice>(graph).output()].shape, ElementsAre(1, 3, 3, 2));
  // The padding of rows and columns went into the convolution behind it.
  const auto& window = std::get<DepthwiseConv2D>(test::all<DepthwiseConv2D>(graph)[1]->parameters).window;
  EXPECT_EQ(window.pad_top, 1);
  EXPECT_EQ(window.pad_right, 2);
  EXPECT_THAT(test::all<Transpose>(graph), SizeIs(2));
}

TEST(OnnxOrder, AFlattenedImageIsInTheSourcesOrder) {
  OnnxBuilder file;
  const std::string x = convolution(file, file.quantized_input("x", {1, 2, 3, 4}), "a", 2);
  file.quantized_output(file.add("Flatten", {x}, "flat"));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::all<Transpose>(graph), SizeIs(2));  // and back, before the Reshape
  EXPECT_THAT(graph.tensors[graph.outputs[0]].shape, ElementsAre(1, 24));
}

// Weights are turned while the file is converted.
TEST(OnnxOrder, WeightsAreConstantsInTheGraphsOrder) {
  OnnxBuilder file;
  std::vector<int> values(16);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int>(i);
  const std::string weights = file.weights("w", {2, 4, 1, 2}, values, {1});
  file.quantized_output(file.add("Conv", {file.quantized_input("x", {1, 4, 3, 3}), weights}, "conv"));
  const Graph graph = test::integer_graph(file);
  const Tensor& w = graph.tensors[test::the<Conv2D>(graph).inputs[1]];
  EXPECT_THAT(w.shape, ElementsAre(2, 1, 2, 4));
  EXPECT_THAT(test::numbers(w), ElementsAre(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15));
}

TEST(OnnxOrder, PermutationsAreChecked) {
  for (const Extents& perm : {Extents{0, 1}, {0, 1, 1}, {0, 1, 3}, {0, 1, -4}}) {
    OnnxBuilder file;
    file.output(file.add("Transpose", {file.quantized_input("x", {2, 3, 4})}, "t", {{"perm", perm}}));
    EXPECT_THAT(test::reasons(test::read(file)), SizeIs(1));
  }
}

}  // namespace
}  // namespace qrun::converter
