// Element-wise functions of one tensor become one table, whatever they are written with.

#include "converter/integers/table.h"

#include <cmath>
#include <functional>

#include "converter/half_even.h"
#include "tests/converter/onnx/reading.h"

namespace qrun::converter {
namespace {

using test::OnnxBuilder;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr float kScale = 0.0625F, kResult = 0.03125F;
constexpr int kZero = 9, kResultZero = -20;

// The graph is one Lookup, and each entry is what float32 says.
void expect_table(const std::function<std::string(OnnxBuilder&, const std::string&)>& write,
                  const std::function<float(float)>& function) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {2, 3}, {kScale, kZero});
  file.quantized_output(write(file, x), {kResult, kResultZero});
  const Graph graph = test::integer_graph(file);
  ASSERT_THAT(test::reasons(graph), SizeIs(0));
  ASSERT_THAT(graph.operators, SizeIs(1));
  const auto& lookup = std::get<Lookup>(test::the<Lookup>(graph).parameters);
  for (int q = -128; q <= 127; ++q) {
    const float real = function(kScale * static_cast<float>(q - kZero));
    ASSERT_EQ(static_cast<std::int8_t>(lookup.table[static_cast<std::uint8_t>(q)]),
              quantize_half_even(real, kResult, kResultZero))
        << q;
  }
}

float sigmoid(float x) { return static_cast<float>(1 / (1 + std::exp(-static_cast<double>(x)))); }

TEST(Tables, AFunction) {
  expect_table([](OnnxBuilder& f, const std::string& x) { return f.add("Sigmoid", {x}, "s"); }, sigmoid);
  expect_table(
      [](OnnxBuilder& f, const std::string& x) {
        return f.add("LeakyRelu", {x}, "l", {{"alpha", 0.25F}});
      },
      [](float x) { return x >= 0 ? x : x * 0.25F; });
  expect_table([](OnnxBuilder& f, const std::string& x) { return f.add("Elu", {x}, "e"); },
               [](float x) { return x >= 0 ? x : static_cast<float>(std::expm1(static_cast<double>(x))); });
}

TEST(Tables, NothingIsARequantization) {
  expect_table([](OnnxBuilder&, const std::string& x) { return x; }, [](float x) { return x; });
}

TEST(Tables, ADiamond) {
  expect_table(
      [](OnnxBuilder& f, const std::string& x) {
        return f.add("Mul", {x, f.add("Sigmoid", {x}, "s")}, "silu");
      },
      [](float x) { return x * sigmoid(x); });
}

// x * clip(x + 3, 0, 6) / 6, as exporters write a hard swish.
TEST(Tables, AChainWithConstants) {
  expect_table(
      [](OnnxBuilder& f, const std::string& x) {
        const std::string moved = f.add("Add", {f.reals("three", {}, {3}), x}, "moved");
        const std::string clip = f.add("Clip", {moved, f.reals("low", {}, {0}), f.reals("six", {}, {6})}, "clip");
        return f.add("Div", {f.add("Mul", {x, clip}, "product"), "six"}, "swish");
      },
      [](float x) { return x * std::min(std::max(x + 3, 0.0F), 6.0F) / 6; });
}

TEST(Tables, QuantizedConstantsOfOneElement) {
  expect_table(
      [](OnnxBuilder& f, const std::string& x) {
        return f.add("Mul", {x, f.weights("c", {1}, {-3}, {0.5F})}, "m");
      },
      [](float x) { return x * -1.5F; });
}

TEST(Tables, PowersAndBounds) {
  expect_table(
      [](OnnxBuilder& f, const std::string& x) {
        return f.add("Pow", {x, f.reals("two", {}, {2})}, "p");
      },
      [](float x) { return x * x; });
  expect_table(
      [](OnnxBuilder& f, const std::string& x) {
        return f.add("Max", {x, f.reals("low", {}, {-1}), f.add("Neg", {x}, "n")}, "m");
      },
      [](float x) { return std::max(std::max(x, -1.0F), -x); });
}

// What is no number, as the reciprocal of 0 less itself is not, becomes the least.
TEST(Tables, WhatIsNoNumberIsTheLeast) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1}, {1, 0});
  file.quantized_output(file.add("Sqrt", {x}, "root"), {1, 0});
  const Graph graph = test::integer_graph(file);
  const auto& table = std::get<Lookup>(test::the<Lookup>(graph).parameters).table;
  EXPECT_EQ(static_cast<std::int8_t>(table[0xff]), -128);  // of -1
  EXPECT_EQ(static_cast<std::int8_t>(table[4]), 2);
}

TEST(Tables, NamesTellWhatIsInside) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {1});
  file.quantized_output(file.add("Mul", {x, file.add("Sigmoid", {x}, "s")}, "silu"));
  EXPECT_EQ(std::get<Lookup>(test::the<Lookup>(test::integer_graph(file)).parameters).name, "Sigmoid, Mul");
}

// Quantized in between, they are what the source computes: two tables, joined when they are lowered.
TEST(Tables, QuantizationInBetweenStays) {
  OnnxBuilder file;
  std::string x = file.quantized_input("x", {1});
  x = file.requantize(file.add("Sigmoid", {x}, "s"), "q", {0.25F});
  file.quantized_output(file.add("Neg", {x}, "n"));
  EXPECT_THAT(test::all<Lookup>(test::integer_graph(file)), SizeIs(2));
}

TEST(Tables, FunctionsOfTwoTensorsAreNone) {
  OnnxBuilder file;
  const std::string a = file.quantized_input("a", {2}), b = file.quantized_input("b", {2});
  file.quantized_output(file.add("Max", {a, b}, "m"));
  EXPECT_THAT(
      test::reasons(test::integer_graph(file)),
      testing::ElementsAre(HasSubstr("depends on several tensors, or on real numbers, and has no form in integers")));
}

}  // namespace
}  // namespace qrun::converter
