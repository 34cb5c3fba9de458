// What the calibration's report says of a network that goes wrong on purpose, and whether its remedy mends it.

#include "converter/explain.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/converter/calibrate/real_graph.h"
#include "tests/converter/refusal_text.h"
#include "tests/converter/tflite_builder.h"

namespace qrun::converter {
namespace {

using calibrate::Report;
using test::Code;
using test::some_values;
using test::TfliteBuilder;
using test::Type;
using test::Values;
using ::testing::HasSubstr;

constexpr std::int32_t kIn = 8, kHidden = 16, kOut = 6;
constexpr std::size_t kBroken = 5;  // the channel whose weights are far greater than the others'

struct Network {
  Values first = some_values({kHidden, kIn}, 1), second = some_values({kHidden, kHidden}, 2),
         third = some_values({kOut, kHidden}, 3);
  bool has_reshape = false;  // of the first layer's output

  // Of the first layer's channel; what reads it makes up for it.
  void scale_channel(float factor) {
    for (std::size_t i = 0; i < kIn; ++i) first[kBroken * kIn + i] *= factor;
    for (std::size_t row = 0; row < kHidden; ++row) second[row * kHidden + kBroken] /= factor;
  }

  test::TfliteBytes file() const {
    TfliteBuilder builder;
    int x = builder.input("x", {1, kIn}, {}, Type::FLOAT32);
    const auto dense = [&](const Values& weights, std::int32_t from, std::int32_t to, const std::string& name) {
      tflite::FullyConnectedOptionsT options;
      if (name != "third") options.fused_activation_function = tflite::ActivationFunctionType::RELU;
      const int w = builder.constant(name + "_weights", {to, from}, real_bytes(weights), {}, Type::FLOAT32);
      x = builder.add(Code::FULLY_CONNECTED, options, {x, w}, name, {1, to}, {}, Type::FLOAT32);
    };
    dense(first, kIn, kHidden, "first");
    if (has_reshape) {
      const int shape = builder.indices("shape", {3}, {1, 4, 4});
      x = builder.add(Code::RESHAPE, {x, shape}, "reshaped", {1, 4, 4}, {}, Type::FLOAT32);
    }
    dense(second, kHidden, kHidden, "second");
    dense(third, kHidden, kOut, "third");
    builder.output(x);
    return builder.finish();
  }
};

class Explain : public ::testing::Test {
 protected:
  Explain() {
    const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
    data_ = std::filesystem::temp_directory_path() / (std::string("qrun_explain_") + test.name() + ".bin");
    const std::vector<std::uint8_t> bytes = real_bytes(some_values({64, kIn}, 4));
    std::ofstream(data_, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    calibration_.data = {data_};
    calibration_.report = true;
  }
  ~Explain() override { std::filesystem::remove(data_); }

  Conversion convert(const Network& network) const {
    ConvertOptions options;
    options.calibration = calibration_;
    const test::TfliteBytes bytes = network.file();
    return converter::convert({bytes, "net.tflite"}, options);
  }

  std::filesystem::path data_;
  Calibration calibration_;
};

TEST_F(Explain, NamesEveryLayerAndTensor) {
  const Conversion conversion = convert({});
  const Report& report = *conversion.report;
  EXPECT_EQ(report.model, "net");
  EXPECT_EQ(report.samples, 64U);
  ASSERT_EQ(report.layers.size(), 3U);
  EXPECT_EQ(report.layers[1].name, "second");
  EXPECT_THAT(report.layers[1].kind, HasSubstr("FULLY_CONNECTED"));
  EXPECT_THAT(report.layers[1].inputs, ::testing::ElementsAre("first"));
  EXPECT_EQ(report.layers[0].weights.size(), static_cast<std::size_t>(kHidden));
  ASSERT_EQ(report.tensors.size(), 4U);
  EXPECT_EQ(report.tensors[0].name, "x");
  EXPECT_EQ(report.tensors[0].saturated_share, 0);
  std::uint64_t values = 0;
  for (const std::uint64_t count : report.tensors[3].histogram.counts) values += count;
  EXPECT_EQ(values, 64U * kOut);
  ASSERT_EQ(report.outputs.size(), 1U);
  EXPECT_EQ(report.outputs[0].agreement.top1_samples, 64U);
  EXPECT_GT(report.outputs[0].agreement.sqnr, 25);
  EXPECT_FALSE(report.outputs[0].before_optimize.has_value());
  // Four other ranges, equalization and corrected biases were tried.
  for (const calibrate::LayerReport& layer : report.layers) {
    EXPECT_GT(layer.sqnr, 20) << layer.name;
    EXPECT_EQ(layer.remedies.size(), 6U) << layer.name;
  }
}

TEST_F(Explain, WhatOnlyMovesValuesLosesNothing) {
  Network network;
  network.scale_channel(1000);
  network.has_reshape = true;
  const Report report = *convert(network).report;
  ASSERT_EQ(report.layers.size(), 4U);
  EXPECT_EQ(report.layers[1].name, "reshaped");
  EXPECT_EQ(report.layers[1].kind, "Reshape");
  EXPECT_EQ(report.layers[1].sqnr, report.layers[0].sqnr) << "16 channels, not 4";
  EXPECT_LT(report.layers[1].sqnr, 3);
}

TEST_F(Explain, TheReportChangesNoByteOfTheFile) {
  const std::vector<std::byte> reported = convert({}).file;
  calibration_.report = false;
  EXPECT_EQ(convert({}).file, reported);
}

TEST_F(Explain, NamesTheBrokenLayerFirstAndARemedyThatMendsIt) {
  const Conversion whole = convert({});
  Network broken;
  broken.scale_channel(1000);
  const Report report = *convert(broken).report;
  const std::vector<std::size_t> worst = worst_first(report);
  ASSERT_FALSE(worst.empty());
  EXPECT_EQ(report.layers[worst[0]].name, "first");
  EXPECT_LT(report.layers[worst[0]].sqnr, 3);
  const calibrate::Remedy* remedy = best_remedy(report.layers[worst[0]]);
  ASSERT_NE(remedy, nullptr);
  EXPECT_EQ(remedy->option, "--equalize");
  EXPECT_GT(remedy->sqnr_after, 20);
  EXPECT_THAT(verdict(report), HasSubstr("the weakest layer is 'first'"));
  EXPECT_THAT(verdict(report), HasSubstr("--equalize raises it to"));

  calibration_.options.equalize = true;  // as it says
  const Report mended = *convert(broken).report;
  EXPECT_GT(mended.outputs[0].agreement.sqnr, whole.report->outputs[0].agreement.sqnr - 3);
  EXPECT_GT(mended.outputs[0].agreement.sqnr, report.outputs[0].agreement.sqnr + 10);
}

TEST_F(Explain, OptimizeAdoptsWhatHelps) {
  Network broken;
  broken.scale_channel(1000);
  calibration_.optimize = true;
  const Conversion conversion = convert(broken);
  const Report& report = *conversion.report;
  EXPECT_TRUE(report.methods.equalization);
  ASSERT_TRUE(report.outputs[0].before_optimize.has_value());
  EXPECT_GT(report.outputs[0].agreement.sqnr, report.outputs[0].before_optimize->sqnr + 10);
  ASSERT_FALSE(conversion.notes.empty());
  EXPECT_THAT(conversion.notes[0], HasSubstr("--optimize adopted --equalize: the outputs' SQNR rose from"));
  ASSERT_FALSE(report.layers[0].remedies.empty());
  EXPECT_TRUE(report.layers[0].remedies[0].adopted);
  EXPECT_GT(report.layers[0].sqnr, 20);
}

TEST_F(Explain, PerChannelWeightsAreARemedyToo) {
  Network network;
  for (std::size_t i = 0; i < kIn; ++i) network.first[kBroken * kIn + i] *= 8;
  calibration_.options.per_channel = false;
  const Report report = *convert(network).report;
  const auto& remedies = report.layers[0].remedies;
  EXPECT_TRUE(std::ranges::any_of(remedies, [&](const calibrate::Remedy& remedy) {
    return remedy.option == "--weights per-channel" && remedy.sqnr_after > remedy.sqnr_before;
  }));
}

TEST_F(Explain, OutputsThatAreNoRealNumbersAreNotMeasured) {
  TfliteBuilder builder;
  const int x = builder.input("x", {1, kIn}, {}, Type::FLOAT32);
  const int y = builder.add(Code::ABS, {x}, "y", {1, kIn}, {}, Type::FLOAT32);
  const int axis = builder.indices("axis", {1}, {1});
  builder.output(builder.add(Code::ARG_MAX, {y, axis}, "index", {1}, {}, Type::INT32));
  const test::TfliteBytes bytes = builder.finish();
  ConvertOptions how;
  how.calibration = calibration_;
  const Report report = *converter::convert({bytes, "net.tflite"}, how).report;
  ASSERT_EQ(report.outputs.size(), 1U);
  EXPECT_TRUE(std::isnan(report.outputs[0].agreement.sqnr));
  EXPECT_EQ(report.outputs[0].agreement.top1_samples, 0U);
  EXPECT_GT(report.layers[0].sqnr, 30);
}

TEST_F(Explain, RefusalsAreThoseOfTheCalibration) {
  calibration_.data = {data_.string() + ".missing"};
  EXPECT_THAT(test::refusal_text([&] { convert({}); }), HasSubstr("there is no such file"));
}

}  // namespace
}  // namespace qrun::converter
