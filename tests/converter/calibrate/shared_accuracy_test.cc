// What calibration costs float networks that are not part of the project. SKIPPED where they are not.

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "converter/convert.h"
#include "tests/converter/calibrate/calibrated_network.h"
#include "tests/converter/calibrate/sample_files.h"
#include "tests/converter/shared_data.h"

namespace qrun::converter::calibrate {
namespace {

namespace fs = std::filesystem;
using test::IntegerNetwork;
using test::Values;

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

Values read_floats(const fs::path& path) {
  const std::string bytes = read_file(path);
  Values values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

IntegerNetwork calibrated(const std::string& model, const fs::path& samples, const Options& options = {}) {
  const std::string bytes = read_file(test::shared_data() / "models" / model);
  const std::vector<std::uint8_t> aligned(bytes.begin(), bytes.end());
  ConvertOptions how;
  how.calibration.emplace();
  how.calibration->data = {samples};
  how.calibration->options = options;
  return IntegerNetwork(convert({aligned, model}, how).file);
}

std::size_t arg_max(const Values& values) {
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

// ---- A keyword spotter over a test set ----

// index,file,label
std::vector<std::size_t> labels_of(const fs::path& folder) {
  std::vector<std::size_t> all, chosen;
  std::ifstream csv(folder / "labels.csv"), indices(folder / "eval800_indices.txt");
  std::string line;
  std::getline(csv, line);
  while (std::getline(csv, line)) all.push_back(std::stoul(line.substr(line.rfind(',') + 1)));
  for (std::size_t index = 0; indices >> index;) chosen.push_back(all.at(index));
  return chosen;
}

double percent_right(IntegerNetwork& network, const fs::path& folder) {
  const Values inputs = read_floats(folder / "eval800_float32.bin");
  const std::vector<std::size_t> labels = labels_of(folder);
  const std::size_t size = inputs.size() / labels.size();
  std::size_t right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto* begin = inputs.data() + i * size;
    const std::vector<Values> sample = {Values(begin, begin + size)};
    right += static_cast<std::size_t>(arg_max(network.run(sample)[0]) == labels[i]);
  }
  return 100 * static_cast<double>(right) / static_cast<double>(labels.size());
}

struct Spotter {
  const char* model;
  double percent;  // right in float32
};

class SharedSpotter : public testing::TestWithParam<Spotter> {};

TEST_P(SharedSpotter, LosesNextToNothing) {
  const fs::path folder = test::shared_data() / "kws01";
  if (!fs::exists(folder)) GTEST_SKIP() << "SKIPPED: no " << folder;
  for (const RangeMethod method : {RangeMethod::kMinMax, RangeMethod::kMovingAverage, RangeMethod::kPercentile,
                                   RangeMethod::kMse, RangeMethod::kEntropy}) {
    Options options;
    options.range = method;
    IntegerNetwork network = calibrated(GetParam().model, folder / "calib200_float32.bin", options);
    const double percent = percent_right(network, folder);
    std::cout << GetParam().model << ", " << range_method_name(method) << ": " << percent << " %\n";
    // Rounding may as well help: only a loss is one.
    EXPECT_GE(percent, GetParam().percent - (method == Options().range ? 0.5 : 1.0)) << range_method_name(method);
  }
}

INSTANTIATE_TEST_SUITE_P(Calibrate, SharedSpotter,
                         testing::Values(Spotter{"kws_savedmodel_fp32.tflite", 90.9},
                                         Spotter{"kws_fp32_dequant.tflite", 89.1}),
                         [](const auto& test) {
                           return std::string(test.param.model, std::strlen(test.param.model) - 7);
                         });

// ---- Classifiers of images, calibrated on what they are then asked ----

class SharedClassifier : public testing::TestWithParam<const char*> {};

TEST_P(SharedClassifier, AnswersAsInFloat) {
  const fs::path folder = test::shared_data() / "goldens" / GetParam();
  if (!fs::exists(folder)) GTEST_SKIP() << "SKIPPED: no " << folder;
  const test::Folder scratch;
  std::string samples;
  const auto numbered = [&](const char* stem, int i) { return folder / (stem + std::to_string(i) + ".bin"); };
  for (int i = 0; i < 4; ++i) samples += read_file(numbered("input_", i));
  IntegerNetwork network = calibrated(std::string(GetParam()) + ".tflite", scratch.write("samples.bin", samples));
  for (int i = 0; i < 4; ++i) {
    const std::vector<Values> inputs = {read_floats(numbered("input_", i))};
    EXPECT_EQ(arg_max(network.run(inputs)[0]), arg_max(read_floats(numbered("output_", i)))) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Calibrate, SharedClassifier, testing::Values("resnet8_fp32", "vww_fp32"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace qrun::converter::calibrate
