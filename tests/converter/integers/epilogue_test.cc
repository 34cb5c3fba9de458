// What follows a linear operator goes into its scales, bias and clamp; the integers of its weights stay.

#include "converter/integers/epilogue.h"

#include "tests/converter/onnx/reading.h"

namespace qrun::converter {
namespace {

using test::OnnxBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// x [1,2,1,1] of scale 0.5 times two filters of 1x1, scale 0.25.
struct Convolution : OnnxBuilder {
  explicit Convolution(std::vector<int> values = {1, -2, 3, -4})
      : result(add("Conv", {quantized_input("x", {1, 2, 1, 1}), weights("w", {2, 2, 1, 1}, values, {0.25F})}, "conv")) {
  }

  std::string channels(const std::string& name, std::vector<float> values) { return reals(name, {2, 1, 1}, values); }
  std::string normalized(std::vector<float> gamma, std::vector<float> beta, std::vector<float> mean,
                         std::vector<float> variance) {
    onnx::AttributeProto& epsilon = *node("BatchNormalization",
                                          {result, reals("gamma", {2}, gamma), reals("beta", {2}, beta),
                                           reals("mean", {2}, mean), reals("variance", {2}, variance)},
                                          {"normal"})
                                         .add_attribute();
    epsilon.set_name("epsilon");
    epsilon.set_f(0);
    return "normal";
  }

  std::string result;
};

// The graph is one convolution.
struct Converted {
  explicit Converted(OnnxBuilder& file, const std::string& y) {
    file.quantized_output(y, {1, 0});
    graph = test::integer_graph(file);
    conv = &test::the<Conv2D>(graph);
    EXPECT_THAT(test::all<Conv2D>(graph), SizeIs(1));
    EXPECT_THAT(test::reasons(graph), SizeIs(0));
    EXPECT_THAT(test::all<Lookup>(graph), SizeIs(0));
  }

  const Tensor& weights() const { return graph.tensors[conv->inputs[1]]; }
  std::vector<std::int64_t> bias() const {
    return conv->inputs[2] == kAbsent ? std::vector<std::int64_t>{} : integers(graph.tensors[conv->inputs[2]]);
  }
  Activation clamp() const { return std::get<Conv2D>(conv->parameters).activation; }

  Graph graph;
  const Operator* conv;
};

TEST(Epilogue, NothingIsNothing) {
  Convolution file;
  const Converted conv(file, file.result);
  EXPECT_THAT(test::numbers(conv.weights()), ElementsAre(1, -2, 3, -4));
  EXPECT_THAT(conv.weights().quantization.scales, ElementsAre(0.25F));
  EXPECT_THAT(conv.bias(), SizeIs(0));
  EXPECT_EQ(conv.clamp(), Activation::kNone);
}

TEST(Epilogue, BatchNormalizationScalesTheWeightsScale) {
  Convolution file;
  // Factors 2 and 0.5, offsets 3 and -1.
  const Converted conv(file, file.normalized({4, 1}, {5, 1}, {1, 4}, {4, 4}));
  EXPECT_THAT(test::numbers(conv.weights()), ElementsAre(1, -2, 3, -4));
  EXPECT_THAT(conv.weights().quantization.scales, ElementsAre(0.5F, 0.125F));
  EXPECT_EQ(conv.weights().quantization.dimension, 0U);
  EXPECT_THAT(conv.bias(), ElementsAre(12, -16));  // in steps of 0.5 * 0.5 and 0.5 * 0.125
}

TEST(Epilogue, ANegativeFactorTurnsTheSigns) {
  Convolution file;
  const Converted conv(file, file.normalized({-2, 1}, {0, 0}, {0, 0}, {1, 1}));
  EXPECT_THAT(test::numbers(conv.weights()), ElementsAre(-1, 2, 3, -4));
  EXPECT_THAT(conv.weights().quantization.scales, ElementsAre(0.5F, 0.25F));
  EXPECT_THAT(conv.weights().quantization.zero_points, ElementsAre(0, 0));
}

// 128 has no place among 8 bits but beside another zero point, which all channels then share.
TEST(Epilogue, ANegativeFactorOfTheLeastWeight) {
  Convolution file({-128, -1, 3, 4});
  const Converted conv(file, file.normalized({-1, 1}, {0, 0}, {0, 0}, {1, 1}));
  EXPECT_THAT(conv.weights().quantization.zero_points, ElementsAre(-1, -1));
  EXPECT_THAT(test::numbers(conv.weights()), ElementsAre(127, 0, 2, 3));
  Convolution both({-128, -1, -128, 4});
  both.quantized_output(both.normalized({-1, 1}, {0, 0}, {0, 0}, {1, 1}));
  EXPECT_THAT(test::reasons(test::integer_graph(both)), ElementsAre(HasSubstr("reach from -128 to 128")));
}

TEST(Epilogue, AFactorOf0LeavesTheOffset) {
  Convolution file;
  const Converted conv(file, file.normalized({0, 1}, {3, 0}, {7, 0}, {1, 1}));
  EXPECT_THAT(test::numbers(conv.weights()), ElementsAre(0, 0, 3, -4));
  const double unit = 0.5 * static_cast<double>(conv.weights().quantization.scales[0]);
  EXPECT_EQ(unit, 1.0 / 1024);  // of the output's step
  EXPECT_EQ(static_cast<double>(conv.bias()[0]) * unit, 3);
}

TEST(Epilogue, ConstantsPerChannelAndForAll) {
  Convolution file;
  std::string y = file.add("Mul", {file.channels("factor", {2, 4}), file.result}, "scaled");
  y = file.add("Add", {y, file.channels("offset", {1, -1})}, "moved");
  y = file.add("Div", {y, file.reals("two", {}, {2})}, "divided");
  y = file.add("Sub", {y, file.reals("one", {1}, {1})}, "less");
  const Converted conv(file, y);
  EXPECT_THAT(test::numbers(conv.weights()), ElementsAre(1, -2, 3, -4));
  EXPECT_THAT(conv.weights().quantization.scales, ElementsAre(0.25F, 0.5F));  // times 1 and 2
  EXPECT_THAT(conv.bias(), ElementsAre(-4, -6));  // -0.5 and -1.5 in steps of 0.125 and 0.25
}

TEST(Epilogue, AConstantLessTheResultTurnsTheSigns) {
  Convolution file;
  const Converted conv(file, file.add("Sub", {file.reals("one", {}, {1}), file.result}, "less"));
  EXPECT_THAT(test::numbers(conv.weights()), ElementsAre(-1, 2, -3, 4));
  EXPECT_THAT(conv.bias(), ElementsAre(8, 8));
}

TEST(Epilogue, ClampsAreTheKernels) {
  Convolution relu;
  EXPECT_EQ(Converted(relu, relu.add("Relu", {relu.result}, "relu")).clamp(), Activation::kRelu);
  Convolution clip;
  const std::string low = clip.reals("low", {}, {-1}), high = clip.reals("high", {}, {6});
  EXPECT_EQ(Converted(clip, clip.add("Clip", {clip.result, low, high}, "clip")).clamp(), (Activation{-1, 6}));
  Convolution bounds;
  std::string y = bounds.add("Max", {bounds.result, bounds.reals("low", {}, {-1})}, "max");
  y = bounds.add("Min", {bounds.reals("high", {}, {6}), y}, "min");
  EXPECT_EQ(Converted(bounds, y).clamp(), (Activation{-1, 6}));
}

// min(max(x, 0), 6) / 6 + 1 is a clamp of the scaled x to [1, 2].
TEST(Epilogue, AClampBeforeAScaleIsScaled) {
  Convolution file;
  std::string y = file.add("Clip", {file.result, file.reals("low", {}, {0}), file.reals("high", {}, {6})}, "clip");
  y = file.add("Mul", {y, file.reals("half", {}, {0.5F})}, "scaled");
  y = file.add("Add", {y, file.reals("one", {}, {1})}, "moved");
  const Converted conv(file, y);
  EXPECT_EQ(conv.clamp(), (Activation{1, 4}));
  EXPECT_THAT(conv.weights().quantization.scales, ElementsAre(0.125F, 0.125F));
}

// A clamp of each channel's own is none of the kernel's.
TEST(Epilogue, AClampBeforeScalesPerChannelIsRefused) {
  Convolution file;
  const std::string relu =
      file.add("Clip", {file.result, file.reals("low", {}, {0}), file.reals("high", {}, {6})}, "clip");
  file.quantized_output(file.add("Mul", {relu, file.channels("factor", {2, 4})}, "scaled"));
  EXPECT_THAT(test::reasons(test::integer_graph(file)), ElementsAre(HasSubstr("before it is quantized")));
}

TEST(Epilogue, MovementBetweenIsNoObstacle) {
  Convolution file;
  const std::string flat = file.add("Flatten", {file.result}, "flat");
  const std::string factor = file.reals("factor", {2}, {2, 4});
  const Converted conv(file, file.add("Relu", {file.add("Mul", {flat, factor}, "scaled")}, "relu"));
  EXPECT_THAT(conv.weights().quantization.scales, ElementsAre(0.5F, 1));
  EXPECT_EQ(conv.clamp(), Activation::kRelu);
}

TEST(Epilogue, GemmsAlphaAndBeta) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2});
  const std::string w = file.weights("w", {3, 2}, {1, 2, 3, 4, 5, 6}, {0.25F});
  const std::string bias = file.bias("b", {10, 20, 30}, {0.125F});
  file.quantized_output(
      file.add("Gemm", {x, w, bias}, "gemm", {{"transB", std::int64_t{1}}, {"alpha", 2.0F}, {"beta", 4.0F}}));
  const Graph graph = test::integer_graph(file);
  const Operator& op = test::the<FullyConnected>(graph);
  EXPECT_THAT(test::numbers(graph.tensors[op.inputs[1]]), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(graph.tensors[op.inputs[1]].quantization.scales, ElementsAre(0.5F, 0.5F, 0.5F));
  EXPECT_THAT(integers(graph.tensors[op.inputs[2]]), ElementsAre(20, 40, 60));
}

TEST(Epilogue, ManySumsAfterOneAnother) {
  Convolution file;
  std::string y = file.result;
  for (int i = 0; i < 40; ++i)
    y = file.add("Add", {y, file.reals("c" + std::to_string(i), {}, {0.125F})}, "a" + std::to_string(i));
  EXPECT_THAT(Converted(file, y).bias(), ElementsAre(40, 40));
}

}  // namespace
}  // namespace qrun::converter
