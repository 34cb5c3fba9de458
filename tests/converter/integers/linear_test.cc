// Weights and biases of linear operators: which integers the kernels get.

#include "converter/integers/linear.h"

#include "tests/converter/onnx/reading.h"

namespace qrun::converter {
namespace {

using test::Extents;
using test::OnnxBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kLarge = (1 << 30) + 1;

// x [1,2] of scale 0.1 times w of scale 0.3: their product is no float32.
struct Product : OnnxBuilder {
  explicit Product(const std::string& bias) {
    quantized_input("x", {1, 2}, {0.1F, 5});
    weights("w", {2, 2}, {1, 2, 3, 4}, {0.3F});
    this->bias("b", {kLarge, -7}, {0.1F * 0.3F});
    reals("r", {2}, {1.0F, -0.0151F});
    reals("large", {2}, {1e9F, 0});
    quantized_output(add("Gemm", {"x.q.real", "w.real", bias}, "gemm"));
  }
};

std::vector<std::int64_t> bias_of(const OnnxBuilder& file) {
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::reasons(graph), IsEmpty());
  return integers(graph.tensors[test::the<FullyConnected>(graph).inputs[2]]);
}

TEST(LinearIntegers, AnIntegerBiasIsKept) { EXPECT_THAT(bias_of(Product("b.real")), ElementsAre(kLarge, -7)); }

TEST(LinearIntegers, ARealBiasIsRounded) { EXPECT_THAT(bias_of(Product("r")), ElementsAre(33, -1)); }

// What saturates whatever the input is saturates with the largest bias that fits, too.
TEST(LinearIntegers, ABiasBeyond32BitsSaturates) {
  EXPECT_THAT(test::reasons(test::integer_graph(Product("large"))), IsEmpty());
}

TEST(LinearIntegers, AnIntegerBiasOfAnotherScaleIsRounded) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2}, {0.5F});
  const std::string w = file.weights("w", {2, 1}, {1, 2}, {0.25F});
  file.quantized_output(file.add("Gemm", {x, w, file.bias("b", {5}, {0.03125F})}, "gemm"));
  EXPECT_THAT(bias_of(file), ElementsAre(1));  // 1.25
}

TEST(LinearIntegers, ABiasWithoutAMeaningIsRefused) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2});
  file.quantized_output(
      file.add("Gemm", {x, file.weights("w", {2, 1}, {1, 2}, {1}), file.integers("b", {5}, OnnxType::kInt32)}, "gemm"));
  EXPECT_THAT(test::reasons(test::integer_graph(file)), ElementsAre(HasSubstr("its bias 'b' is int32 with 0 scales")));
}

TEST(LinearIntegers, RealWeightsAreNamed) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2});
  file.quantized_output(file.add("MatMul", {x, file.reals("w", {2, 1}, {1, 2})}, "product"));
  EXPECT_THAT(test::reasons(test::integer_graph(file)),
              ElementsAre("MatMul (node 2): 'w/axes_1_0' is a float32 constant; quantize it to int8"));
}

TEST(LinearIntegers, ProductsOfTwoActivationsAreRefused) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {2, 2});
  file.quantized_output(file.add("MatMul", {x, x}, "product"));
  EXPECT_THAT(test::reasons(test::integer_graph(file)),
              ElementsAre(HasSubstr("both its factors are computed; one of them must be constant weights")));
}

// ---- Scales per channel ----

const Quantization& weights_of(const Graph& graph) {
  return graph.tensors[test::the<FullyConnected>(graph).inputs[1]].quantization;
}

// [K,N] becomes [N,K], and so do the scales.
TEST(LinearIntegers, ScalesPerChannelFollowTheTranspose) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2});
  file.quantized_output(
      file.add("MatMul", {x, file.weights("w", {2, 3}, {1, 2, 3, 4, 5, 6}, {1, 2, 3}, 1)}, "product"));
  const Graph graph = test::integer_graph(file);
  EXPECT_EQ(weights_of(graph), (Quantization{{1, 2, 3}, {0, 0, 0}, 0}));
  EXPECT_THAT(test::numbers(graph.tensors[test::the<FullyConnected>(graph).inputs[1]]), ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST(LinearIntegers, ScalesPerChannelFollowReshapeAndTransposeNodes) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2});
  std::string w = file.weights("w", {3, 1, 2}, {1, 2, 3, 4, 5, 6}, {1, 2, 3}, 0);
  w = file.add("Reshape", {w, file.integers("shape", {3, 2})}, "matrix");
  w = file.add("Transpose", {w}, "turned", {{"perm", Extents{1, 0}}});
  file.quantized_output(file.add("MatMul", {x, w}, "product"));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::reasons(graph), IsEmpty());
  EXPECT_EQ(weights_of(graph), (Quantization{{1, 2, 3}, {0, 0, 0}, 0}));
  EXPECT_THAT(test::numbers(graph.tensors[test::the<FullyConnected>(graph).inputs[1]]), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(LinearIntegers, ScalesThatNoAxisFollowsAreRefused) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2});
  const std::string w = file.weights("w", {3, 2}, {1, 2, 3, 4, 5, 6}, {1, 2, 3}, 0);
  file.quantized_output(
      file.add("MatMul", {x, file.add("Reshape", {w, file.integers("shape", {2, 3})}, "other")}, "product"));
  EXPECT_THAT(test::reasons(test::integer_graph(file)),
              ElementsAre("Reshape (node 3): the scales per channel of 'w' do not follow its reshape to [2,3]"));
}

TEST(LinearIntegers, ScalesAlongTheInputChannelsAreRefused) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2});
  file.quantized_output(file.add("MatMul", {x, file.weights("w", {2, 3}, {1, 2, 3, 4, 5, 6}, {1, 2}, 0)}, "product"));
  EXPECT_THAT(test::reasons(test::integer_graph(file)), ElementsAre(HasSubstr("quantize per output channel")));
}

// Different zero points become one: w less its zero point, in [0,255] or [-255,0], fits beside another.
TEST(LinearIntegers, ZeroPointsPerChannelBecomeOne) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 1});
  const std::string w =
      file.add("DequantizeLinear",
               {file.bytes("w", {1, 2}, {10, 20}), file.reals("s", {2}, {1, 1}), file.bytes("z", {2}, {4, 25})},
               "w.real", {{"axis", std::int64_t{1}}});
  file.quantized_output(file.add("MatMul", {x, w}, "product"));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(weights_of(graph).zero_points, ElementsAre(0, 0));
  EXPECT_THAT(test::numbers(graph.tensors[test::the<FullyConnected>(graph).inputs[1]]), ElementsAre(6, -5));
}

TEST(LinearIntegers, IntegerOperatorsAreReadAsScalesOf1) {
  OnnxBuilder file;
  file.input("x", {1, 2}, OnnxType::kUInt8);
  const std::string product =
      file.add("MatMulInteger",
               {"x", file.bytes("w", {2, 2}, {1, 2, 3, 4}), file.bytes("z", {}, {3}, OnnxType::kUInt8)}, "product");
  file.quantized_output(file.add("Mul", {product, file.reals("scale", {2}, {0.5F, 0.25F})}, "scaled"));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::reasons(graph), IsEmpty());
  EXPECT_THAT(weights_of(graph).scales, ElementsAre(0.5F, 0.25F));
}

}  // namespace
}  // namespace qrun::converter
