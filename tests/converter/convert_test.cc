// The whole way: bytes of a source to bytes that the runtime loads and runs.

#include "converter/convert.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "converter/lower/lowering.h"
#include "converter/refusal.h"
#include "converter/writer.h"
#include "qfb_generated.h"
#include "qrun/qrun.hpp"
#include "tests/converter/graph_builder.h"
#include "tests/converter/refusal_text.h"
#include "tests/converter/tflite_builder.h"

namespace qrun::converter {
namespace {

using test::Code;
using test::small_convolution;
using test::TfliteBuilder;
using test::TfliteBytes;
using test::Type;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Conversion convert_file(const TfliteBuilder& file, const ConvertOptions& options = {}) {
  const TfliteBytes bytes = file.finish();
  return convert({bytes, "small.tflite"}, options);
}

// One run on the int8 input; the int8 output.
std::vector<int> run(const Conversion& conversion, const std::vector<std::int8_t>& input) {
  const auto model = qrun::Model::from_buffer(conversion.file);
  EXPECT_TRUE(model) << model.status().message();
  auto session = Session::create(*model);
  EXPECT_TRUE(session) << session.status().message();
  const auto x = session->input<std::int8_t>(0);
  EXPECT_EQ(x.size(), input.size());
  std::copy(input.begin(), input.end(), x.begin());
  session->run();
  const auto y = session->output<std::int8_t>(0);
  return {y.begin(), y.end()};
}

TEST(Refusal, IsOneLineWhateverNamesAreInIt) {
  const std::string name("a\n\0\x7f\xc3\xa9", 6);  // the last two are one letter
  const Refusal refusal(name + " is wrong", {name});
  EXPECT_EQ(std::string(refusal.what()), "a???\xc3\xa9 is wrong");
  EXPECT_THAT(refusal.offenders(), ::testing::ElementsAre("a???\xc3\xa9"));
}

TEST(Convert, TheSameSourceGivesTheSameBytes) {
  const ConvertOptions options{{"a", "b", "c"}, {{"key", "value"}}};
  const Conversion first = convert_file(small_convolution(), options);
  const Conversion second = convert_file(small_convolution(), options);
  EXPECT_EQ(first.file, second.file);
}

TEST(Convert, DescribesItsSource) {
  const Conversion conversion = convert_file(small_convolution(), {{"cat", "dog", "emu"}, {{"license", "MIT"}}});
  const qfb::Model& model = *qfb::GetModel(conversion.file.data());
  EXPECT_EQ(model.format_version(), 1U);
  EXPECT_EQ(model.name()->str(), "small");
  EXPECT_EQ(model.metadata()->producer()->str(), std::string("qconvert ") + qrun_version());
  EXPECT_EQ(model.metadata()->source_name()->str(), "small.tflite");
  EXPECT_EQ(model.metadata()->source_sha256()->size(), 32U);
  EXPECT_EQ(model.metadata()->labels()->Get(1)->str(), "dog");
  EXPECT_EQ(model.metadata()->entries()->Get(0)->key()->str(), "license");
  EXPECT_EQ(model.metadata()->entries()->Get(0)->value()->str(), "MIT");
}

// The version is the lowest that describes the file, and the file one that the runtime reads.
TEST(Convert, ASoftmaxOfAnyScaleIsOfVersion2) {
  struct Output {
    float scale;
    int zero_point;
    std::uint32_t version;
  };
  constexpr Output kOutputs[] = {
      {1.0F / 256, -128, 1}, {1.0F / 255, -128, 2}, {1.0F / 256, 0, 2}, {1.0F / 1000, 27, 2}};
  for (const auto& [scale, zero_point, version] : kOutputs) {
    test::GraphBuilder b;
    b.output(b.add(Softmax{1.0F}, {b.input("x", {{1, 4}, 0.5F, 3})}, "y", {{1, 4}, scale, zero_point}));
    const LoweredOperators operators = lower(b.graph);
    Conversion conversion;
    conversion.file = write_qfb(b.graph, operators, "softmax", {});
    EXPECT_EQ(qfb::GetModel(conversion.file.data())->format_version(), version);
    const std::vector<std::int8_t> input = {-7, 3, -120, 1};
    const double sum = std::exp(-5) + 1 + std::exp(-61.5) + std::exp(-1);
    std::vector<int> expected(input.size());
    for (std::size_t i = 0; i < input.size(); ++i) {
      const long steps = std::lrint(std::exp((input[i] - 3) * 0.5) / sum / scale);
      expected[i] = std::min(static_cast<int>(steps) + zero_point, 127);
    }
    EXPECT_EQ(run(conversion, input), expected) << scale;
  }
}

TEST(Convert, LabelsAreOnePerClass) {
  for (const std::vector<std::string>& labels : {std::vector<std::string>{"a", "b"}, {"a", "b", "c", "d"}}) {
    EXPECT_EQ(test::refusal_text([&] {
                convert_file(small_convolution(), {labels, {}});
              }),
              "labels: " + std::to_string(labels.size()) +
                  " given, but the first output 'y' is [1,4,4,3] and its last "
                  "dimension, 3, counts its classes; give one label for each, or none");
  }
}

TEST(Convert, ConstantsAreAlignedAndShared) {
  TfliteBuilder file = small_convolution();
  // A second convolution over the first's output, with the same weights and bias under other names.
  const int weights = file.tensor("weights2", {3, 3, 3, 2}, {0.5F, 0});
  file.at(weights).buffer = file.at(1).buffer;
  const int bias = file.tensor("bias2", {3}, {}, Type::INT32);
  file.at(bias).buffer = file.at(2).buffer;
  const int x = file.graph().inputs[0];
  tflite::Conv2DOptionsT options;
  options.stride_h = options.stride_w = 1;
  file.output(file.add(Code::CONV_2D, options, {x, weights, bias}, "z", {1, 4, 4, 3}, {2, -5}));

  const Conversion conversion = convert_file(file);
  const qfb::Model& model = *qfb::GetModel(conversion.file.data());
  std::vector<const std::uint8_t*> data;
  for (const qfb::Tensor* tensor : *model.tensors()) {
    if (tensor->data() == nullptr) continue;
    data.push_back(tensor->data()->data());
    const auto* begin = reinterpret_cast<const std::uint8_t*>(conversion.file.data());
    EXPECT_EQ((tensor->data()->data() - begin) % 32, 0) << tensor->name()->str();
  }
  ASSERT_EQ(data.size(), 4U);
  EXPECT_EQ(data[0], data[2]);
  EXPECT_EQ(data[1], data[3]);
}

TEST(Convert, AConvolutionComputesWhatItSays) {
  // acc = bias + 7 * sum of (x - 3) over the taps inside; real multiplier 0.5 * 0.25 / 2 = 1/16; RELU from -5 on.
  const std::vector<int> y = run(convert_file(small_convolution()), std::vector<std::int8_t>(32, 5));
  const auto expected = [](int taps, int bias) { return std::max((7 * 2 * 2 * taps + bias + 8) / 16 - 5, -5); };
  EXPECT_THAT(std::vector<int>(y.begin(), y.begin() + 3),
              ElementsAre(expected(4, 100), expected(4, -200), expected(4, 300)));
  const auto middle = y.begin() + (1 * 4 + 1) * 3;
  EXPECT_THAT(std::vector<int>(middle, middle + 3), ElementsAre(expected(9, 100), expected(9, -200), expected(9, 300)));
}

TEST(Convert, PackSplitAndStridedSliceRun) {
  // x [2,4] -> split into columns a, b [2,2] -> pack(b, a) on axis 0 -> [2,2,2] -> every axis backwards.
  TfliteBuilder file;
  const int x = file.input("x", {2, 4}, {1, 0});
  const int a = file.tensor("a", {2, 2}, {1, 0}), b = file.tensor("b", {2, 2}, {1, 0});
  file.add_operator(Code::SPLIT, {file.indices("axis", {}, {1}), x}, {a, b});
  tflite::PackOptionsT pack;
  pack.values_count = 2;
  const int packed = file.add(Code::PACK, pack, {b, a}, "packed", {2, 2, 2}, {1, 0});
  tflite::StridedSliceOptionsT slice;
  slice.begin_mask = slice.end_mask = 7;
  const int zeros = file.indices("zeros", {3}, {0, 0, 0}), backwards = file.indices("backwards", {3}, {-1, -1, -1});
  file.output(file.add(Code::STRIDED_SLICE, slice, {packed, zeros, zeros, backwards}, "y", {2, 2, 2}, {1, 0}));
  EXPECT_THAT(run(convert_file(file), {1, 2, 3, 4, 5, 6, 7, 8}), ElementsAre(6, 5, 2, 1, 8, 7, 4, 3));
}

TEST(Convert, AnEdgeAloneIsAGraphWithoutOperators) {
  TfliteBuilder file;
  const int x = file.input("x", {3}, {}, Type::FLOAT32);
  file.output(file.add(Code::QUANTIZE, {x}, "y", {3}, {0.5F, -7}));
  const Conversion conversion = convert_file(file);
  EXPECT_EQ(qfb::GetModel(conversion.file.data())->operators()->size(), 0U);
  EXPECT_THAT(run(conversion, {1, -2, 3}), ElementsAre(1, -2, 3));
  const auto model = qrun::Model::from_buffer(conversion.file);
  EXPECT_EQ(model->input(0).name(), "x");
  EXPECT_EQ(model->input(0).scale(), 0.5F);
  EXPECT_EQ(model->input(0).zero_point(), -7);
}

TEST(Convert, RefusesOtherExtensions) {
  EXPECT_EQ(format_of("a.tflite"), Format::kTflite);
  EXPECT_EQ(format_of("a.onnx"), Format::kOnnx);
  EXPECT_EQ(format_of("a.pb"), std::nullopt);
  EXPECT_EQ(format_of("tflite"), std::nullopt);
  const TfliteBytes bytes = small_convolution().finish();
  EXPECT_THROW(convert({bytes, "model.bin"}, {}), Refusal);
}

// Shapes that do not follow from parameters are the runtime's to find; nothing is handed out that it refuses.
TEST(Convert, RefusesWhatTheRuntimeRefuses) {
  TfliteBuilder file = small_convolution();
  file.at(3).shape = {1, 4, 5, 3};
  const std::string refusal = test::refusal_text([&] { convert_file(file); });
  EXPECT_THAT(refusal, HasSubstr("the output's shape is [1,4,5,3]; its inputs and parameters imply [1,4,4,3]"));
  EXPECT_THAT(refusal, HasSubstr("'y'"));
}

}  // namespace
}  // namespace qrun::converter
