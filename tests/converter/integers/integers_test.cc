// From reals with quantization in between to integers: what moves, what is joined, what is missing.

#include "converter/integers/integers.h"

#include <filesystem>

#include "converter/convert.h"
#include "converter/lower/lowering.h"
#include "tests/converter/onnx/reading.h"

namespace qrun::converter {
namespace {

using test::Extents;
using test::OnnxBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// ---- Movement ----

TEST(Integers, MovementBeforeQuantizationIsOfIntegers) {
  OnnxBuilder file;
  std::string x = file.quantized_input("x", {2, 3}, {0.5F, 3});
  x = file.add("Slice", {x, file.integers("a", {1}), file.integers("b", {3}), file.integers("axis", {1})}, "sliced");
  x = file.add("Reshape", {x, file.integers("shape", {4})}, "reshaped");
  file.quantized_output(x, {0.25F, -7});
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::reasons(graph), IsEmpty());
  EXPECT_THAT(graph.operators, SizeIs(3));
  EXPECT_EQ(graph.tensors[test::the<Slice>(graph).output()].quantization, (Quantization{{0.5F}, {3}, 0}));
  EXPECT_EQ(graph.tensors[graph.outputs[0]].quantization, (Quantization{{0.25F}, {-7}, 0}));
}

// Quantizing an input and then moving it is moving it and then quantizing it, which is the caller's.
TEST(Integers, AnInputMayMoveBeforeItIsQuantized) {
  OnnxBuilder file;
  const std::string flat = file.add("Flatten", {file.input("x", {2, 3, 4})}, "flat");
  const std::string part =
      file.add("Slice", {flat, file.integers("a", {1}), file.integers("b", {5}), file.integers("axis", {1})}, "part");
  file.quantized_output(file.add("Relu", {file.requantize(part, "q", {0.5F, 3})}, "relu"));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::reasons(graph), IsEmpty());
  EXPECT_EQ(graph.tensors[graph.inputs[0]].quantization, (Quantization{{0.5F}, {3}, 0}));
  EXPECT_THAT(test::all<Quantize>(graph), IsEmpty());
}

TEST(Integers, AMaximumPoolMoves) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 1, 4, 4}, {0.5F, 3});
  file.quantized_output(file.add("MaxPool", {x}, "pool", {{"kernel_shape", Extents{2, 2}}}), {0.5F, 3});
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::all<Lookup>(graph), IsEmpty());
  EXPECT_EQ(graph.tensors[test::the<Pool2D>(graph).output()].quantization, (Quantization{{0.5F}, {3}, 0}));
}

TEST(Integers, PaddingIsFilledWithTheNumberOfItsValue) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {2}, {0.5F, 3});
  file.quantized_output(file.add("Pad", {x, file.integers("pads", {1, 1}), file.reals("fill", {}, {2})}, "pad"),
                        {0.5F, 3});
  const Graph graph = test::integer_graph(file);
  EXPECT_EQ(std::get<Pad>(test::the<Pad>(graph).parameters).value, 7);
}

TEST(Integers, PartsOfOneScaleAreJoinedAsTheyAre) {
  OnnxBuilder file;
  const std::string a = file.quantized_input("a", {1, 2}), b = file.quantized_input("b", {1, 3});
  file.quantized_output(file.add("Concat", {a, b, a}, "joined", {{"axis", std::int64_t{1}}}));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(graph.operators, SizeIs(1));
  EXPECT_THAT(test::the<Concatenation>(graph).inputs, SizeIs(3));
}

TEST(Integers, PartsOfOtherScalesAreRequantizedFirst) {
  OnnxBuilder file;
  const std::string a = file.quantized_input("a", {1, 2}, {0.5F, 3}),
                    b = file.quantized_input("b", {1, 3}, {0.25F, -7});
  file.quantized_output(file.add("Concat", {a, b, a}, "joined", {{"axis", std::int64_t{1}}}), {0.5F, 3});
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::reasons(graph), IsEmpty());
  const auto& lookup = std::get<Lookup>(test::the<Lookup>(graph).parameters);  // of b alone, once
  for (int q = -128; q <= 127; ++q) {
    const auto expected = std::clamp(std::nearbyint((q + 7) * 0.25 / 0.5) + 3, -128.0, 127.0);
    EXPECT_EQ(static_cast<std::int8_t>(lookup.table[static_cast<std::uint8_t>(q)]), expected) << q;
  }
  const Operator& concat = test::the<Concatenation>(graph);
  EXPECT_EQ(concat.inputs[0], graph.inputs[0]);
  EXPECT_EQ(concat.inputs[1], test::the<Lookup>(graph).output());
}

// ---- Quantization that is missing ----

TEST(Integers, MissingQuantizationIsNamed) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2});
  const std::string first = file.add("MatMul", {x, file.weights("w", {2, 2}, {1, 2, 3, 4}, {1})}, "first");
  file.node("MatMul", {first, file.weights("v", {2, 2}, {1, 2, 3, 4}, {1})}, {"second"}).set_name("head");
  file.quantized_output("second");
  EXPECT_THAT(
      test::reasons(test::integer_graph(file)),
      ElementsAre(
          "MatMul (node 5, head): its input 'first', which MatMul (node 3) computes, is not quantized; "
          "put QuantizeLinear and DequantizeLinear between them (quantize the model again, with all operators)"));
}

TEST(Integers, AnInputWithoutQuantizationIsNamed) {
  OnnxBuilder file;
  file.quantized_output(
      file.add("MatMul", {file.input("x", {1, 2}), file.weights("w", {2, 2}, {1, 2, 3, 4}, {1})}, "y0"));
  EXPECT_THAT(test::reasons(test::integer_graph(file)), ElementsAre(HasSubstr("its input 'x' is not quantized")));
}

TEST(Integers, AnOutputWithoutQuantizationIsNamed) {
  OnnxBuilder file;
  file.output(
      file.add("MatMul", {file.quantized_input("x", {1, 2}), file.weights("w", {2, 2}, {1, 2, 3, 4}, {1})}, "y"));
  EXPECT_THAT(test::reasons(test::integer_graph(file)),
              ElementsAre(HasSubstr(
                  "the graph's output 'y' is not quantized; put QuantizeLinear and DequantizeLinear behind it")));
}

// Each refusal stands for itself, however many there were before it.
TEST(Integers, ManyRefusalsSayWhatEachOneIs) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2});
  const std::string w = file.reals("w", {2, 2}, {1, 2, 3, 4});
  for (int i = 0; i < 600; ++i) {
    const std::string name = "y" + std::to_string(i);
    file.quantized_output(file.add("Flatten", {file.add("MatMul", {x, w}, name + ".m")}, name + ".f"), {}, name);
  }
  const auto reasons = test::reasons(test::integer_graph(file));
  EXPECT_THAT(reasons, SizeIs(600));
  EXPECT_THAT(reasons,
              testing::Each(testing::AllOf(testing::StartsWith("MatMul"), HasSubstr("is a float32 constant"))));
}

// ---- Outputs with a natural range ----

std::string note_of(const char* type, const Quantization& expected, const std::vector<test::Attribute>& = {}) {
  OnnxBuilder file;
  file.output(file.add(type, {file.quantized_input("x", {1, 4})}, "y"));
  const Graph graph = test::integer_graph(file);
  EXPECT_EQ(graph.tensors[graph.outputs[0]].quantization, expected);
  EXPECT_EQ(graph.tensors[graph.outputs[0]].name, "y");
  EXPECT_THAT(graph.notes, SizeIs(1));
  return graph.notes.empty() ? "" : graph.notes[0];
}

TEST(Integers, ProbabilitiesHaveANaturalRange) {
  const Quantization range{{1.0F / 256}, {-128}, 0};
  EXPECT_EQ(note_of("Softmax", range),
            "the output 'y' is not quantized in the source: as Softmax (node 2) has a known range, it gets the scale "
            "0.00390625 and zero point -128");
  EXPECT_THAT(note_of("Sigmoid", range), HasSubstr("as Sigmoid (node 2)"));
  EXPECT_THAT(note_of("HardSigmoid", range), HasSubstr("as HardSigmoid (node 2)"));
}

TEST(Integers, SignedFunctionsHaveANaturalRange) {
  for (const char* type : {"Tanh", "Softsign", "Sin", "Cos"}) note_of(type, {{1.0F / 128}, {0}, 0});
}

TEST(Integers, NaturalRangesPassThroughMovement) {
  OnnxBuilder file;
  const std::string classes = file.add("Softmax", {file.quantized_input("x", {1, 4})}, "classes");
  file.output(file.add("Reshape", {classes, file.integers("shape", {4})}, "y"));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::reasons(graph), IsEmpty());
  EXPECT_EQ(graph.tensors[graph.outputs[0]].quantization, (Quantization{{1.0F / 256}, {-128}, 0}));
}

// ---- The same thing twice, and constants ----

TEST(Integers, TheSameQuantizationTwiceIsComputedOnce) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2});
  const std::string product = file.add("MatMul", {x, file.weights("w", {2, 2}, {1, 2, 3, 4}, {1})}, "product");
  file.quantized_output(product, {0.5F, 3}, "a");
  file.quantized_output(product, {0.5F, 3}, "b");
  file.quantized_output(product, {0.25F, 3}, "c");
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::reasons(graph), IsEmpty());
  EXPECT_THAT(test::all<FullyConnected>(graph), SizeIs(2));
  std::vector<std::string> names;
  for (const TensorId output : graph.outputs) names.push_back(graph.tensors[output].name);
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
}

TEST(Integers, ConstantsAreFolded) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 2});
  // Weights that are computed from reals, and an operand from quantized integers.
  const std::string halved =
      file.add("Div", {file.reals("w", {2, 2}, {1, 2, 3, 4}), file.reals("two", {}, {2})}, "halved");
  const std::string product =
      file.requantize(file.add("MatMul", {x, file.requantize(halved, "wq", {0.5F})}, "product"), "p", {});
  const std::string sum =
      file.add("Add", {file.weights("c", {2}, {4, 6}, {0.5F}), file.weights("d", {2}, {1, 2}, {0.25F})}, "sum");
  file.quantized_output(file.add("Add", {product, file.requantize(sum, "sq", {0.25F})}, "y0"));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::reasons(graph), IsEmpty());
  EXPECT_THAT(test::numbers(graph.tensors[test::the<FullyConnected>(graph).inputs[1]]), ElementsAre(1, 3, 2, 4));
}

// Weights are not kept a second time as reals.
TEST(Integers, WeightsAreNotCopied) {
  OnnxBuilder file;
  constexpr std::int64_t kDepth = 1 << 16;
  const std::string x = file.quantized_input("x", {1, kDepth});
  const std::string w = file.weights("w", {4, kDepth}, std::vector<int>(4 * kDepth, 1), {1});
  file.quantized_output(file.add("Gemm", {x, w}, "product", {{"transB", std::int64_t{1}}}));
  const Graph graph = test::integer_graph(file);
  EXPECT_LT(graph.made_bytes, std::size_t{2} * 4 * kDepth);
}

TEST(Integers, SumsAndProductsOfTwoTensorsAreKernels) {
  OnnxBuilder file;
  const std::string a = file.quantized_input("a", {2}), b = file.quantized_input("b", {2}, {0.25F, 7});
  const std::string sum = file.requantize(file.add("Relu", {file.add("Add", {a, b}, "sum")}, "relu"), "q", {});
  const std::string product = file.requantize(file.add("Mul", {sum, b}, "product"), "p", {});
  file.quantized_output(file.add("Sub", {product, a}, "difference"));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(test::reasons(graph), IsEmpty());
  EXPECT_EQ(std::get<Add>(test::the<Add>(graph).parameters).activation, Activation::kRelu);
  EXPECT_THAT(graph.operators, SizeIs(3));
}

TEST(Integers, TheWholeWay) {
  const auto bytes = test::small_onnx_convolution().finish();
  const Conversion first = convert({bytes, "small.onnx"}, {}), second = convert({bytes, "small.onnx"}, {});
  EXPECT_EQ(first.file, second.file);
  EXPECT_THAT(first.notes, IsEmpty());
}

}  // namespace
}  // namespace qrun::converter
