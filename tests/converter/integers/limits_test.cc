// Small files that would become endless work, or fill the memory: each is refused, or converted, at once.

#include <chrono>

#include "converter/convert.h"
#include "converter/lower/lowering.h"
#include "tests/converter/onnx/reading.h"

namespace qrun::converter {
namespace {

using test::Extents;
using test::OnnxBuilder;
using ::testing::HasSubstr;

std::string number(int i) { return std::to_string(i); }

// The whole way; the message of a refusal and its first offender's.
std::string outcome(const OnnxBuilder& file) {
  const auto bytes = file.finish();
  EXPECT_LT(bytes.size(), 1U << 20);
  try {
    convert({bytes, "hostile.onnx"}, {});
  } catch (const Refusal& refusal) {
    return std::string(refusal.what()) + "; " + (refusal.offenders().empty() ? "" : refusal.offenders()[0]);
  }
  return "converted";
}

TEST(Limits, ConstantsOfNothing) {
  OnnxBuilder file;
  file.input("x", {1});
  const std::string shape = file.integers("shape", {1 << 21});
  for (int i = 0; i < 2000; ++i) file.output(file.add("ConstantOfShape", {shape}, "c" + number(i)));
  EXPECT_THAT(outcome(file), HasSubstr("it makes too many constants"));
}

TEST(Limits, ElementsThatRepeat) {
  OnnxBuilder file;
  file.input("x", {1});
  onnx::AttributeProto& value =
      *file.node("ConstantOfShape", {file.integers("shape", {1 << 20})}, {"y"}).add_attribute();
  value.set_name("value");
  value.mutable_t()->set_data_type(1);
  value.mutable_t()->add_dims(100'000);
  value.mutable_t()->set_raw_data(std::string(400'000, '\0'));
  file.output("y");
  EXPECT_THAT(outcome(file), HasSubstr("its value must have one element"));
}

TEST(Limits, TablesOfResizes) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 1, 1, 1});
  const std::string sizes = file.integers("sizes", {1, 1, 1, 1 << 16});
  for (int i = 0; i < 5000; ++i) file.output(file.add("Resize", {x, "", "", sizes}, "r" + number(i)));
  EXPECT_THAT(outcome(file), HasSubstr("it makes too many constants"));
}

TEST(Limits, ScalesOfManyChannels) {
  constexpr std::int64_t kChannels = 1 << 16;
  OnnxBuilder file;
  file.input("x", {1});
  file.input("q", {kChannels}, OnnxType::kInt8);
  const std::string scales = file.reals("scales", {kChannels}, std::vector<float>(kChannels, 1));
  for (int i = 0; i < 5000; ++i) file.output(file.add("DequantizeLinear", {"q", scales}, "d" + number(i)));
  EXPECT_THAT(outcome(file), HasSubstr("it makes too many constants"));
}

TEST(Limits, ScalesOfAReshape) {
  OnnxBuilder file;
  file.input("q", {2, 1 << 27}, OnnxType::kInt8);
  const std::string real =
      file.add("DequantizeLinear", {"q", file.reals("s", {2}, {1, 2})}, "real", {{"axis", std::int64_t{0}}});
  file.quantized_output(file.add("Reshape", {real, file.integers("shape", {-1})}, "flat"));
  EXPECT_THAT(outcome(file), HasSubstr("do not follow its reshape"));
}

// Each level reads the one before it twice, and is clamped behind all of them.
TEST(Limits, PathsThatDouble) {
  OnnxBuilder file;
  std::string x = file.quantized_input("x", {1, 1});
  x = file.add("MatMul", {x, file.weights("w", {1, 1}, {1}, {1})}, "m");
  for (int i = 0; i < 25; ++i) x = file.add("Concat", {x, x}, "c" + number(i), {{"axis", std::int64_t{0}}});
  file.quantized_output(file.add("Relu", {x}, "relu"));
  EXPECT_THAT(outcome(file), HasSubstr("the graph would become"));
}

TEST(Limits, ALongChainOfMovement) {
  OnnxBuilder file;
  std::string x = file.add("Neg", {file.quantized_input("x", {1, 2})}, "neg");
  for (int i = 0; i < 20'000; ++i) x = file.add("Flatten", {x}, "f" + number(i));
  file.quantized_output(x);
  EXPECT_THAT(outcome(file), HasSubstr("nested too deeply"));
}

TEST(Limits, ALongChainOfTables) {
  OnnxBuilder file;
  std::string x = file.quantized_input("x", {1, 2});
  for (int i = 0; i < 4000; ++i) x = file.requantize(file.add("Neg", {x}, "n" + number(i)), "q" + number(i), {});
  file.output(x);
  EXPECT_EQ(outcome(file), "converted");
}

TEST(Limits, ManyTablesOfOneRegion) {
  OnnxBuilder file;
  std::string x = file.quantized_input("x", {1});
  for (int i = 0; i < 190; ++i) x = file.add("Gelu", {x}, "g" + number(i));
  const std::string zero = file.bytes("zero", {}, {0});
  for (int i = 0; i < 8000; ++i) {
    const std::string scale = file.reals("s" + number(i), {}, {1 + static_cast<float>(i) / 8192});
    file.output(file.add("QuantizeLinear", {x, scale, zero}, "q" + number(i)));
  }
  EXPECT_THAT(outcome(file), HasSubstr("too many tables depend on too many operators"));
}

TEST(Limits, LongNamesOfNodesThatBecomeMany) {
  OnnxBuilder file;
  file.input("x", {1});
  onnx::NodeProto& sum = file.node("Sum", {}, {std::string(300'000, 'n')});
  sum.set_name(std::string(100'000, 'k'));
  for (int i = 0; i < 100'000; ++i) sum.add_input("x");
  file.output(sum.output(0));
  EXPECT_THAT(outcome(file), HasSubstr("is not quantized"));
}

TEST(Limits, LargeWindowsOfAverages) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1, 1, 1 << 14, 1 << 14});
  file.quantized_output(file.add("AveragePool", {x}, "pool", {{"kernel_shape", Extents{16383, 16383}}}), {0.25F});
  EXPECT_THAT(outcome(file), HasSubstr("it makes too many constants"));
}

TEST(Limits, ManyEdges) {
  OnnxBuilder file;
  for (int i = 0; i < 2000; ++i)
    file.quantized_output(file.quantized_input("x" + number(i), {1}), {0.25F}, "y" + number(i));
  EXPECT_EQ(outcome(file), "converted");
  OnnxBuilder one;
  one.input("x", {1});
  for (int i = 0; i < 2000; ++i)
    one.quantized_output(one.add("Neg", {one.requantize("x", "q" + number(i), {})}, "n" + number(i)), {},
                         "y" + number(i));
  EXPECT_EQ(outcome(one), "converted");
}

}  // namespace
}  // namespace qrun::converter
