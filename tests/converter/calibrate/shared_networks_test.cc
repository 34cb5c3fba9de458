// Float networks that are not part of the project, against the answers of TensorFlow Lite's reference kernels and of
// ONNX Runtime. SKIPPED where they are not.

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "converter/calibrate/executor.h"
#include "converter/onnx/reader.h"
#include "converter/passes/passes.h"
#include "converter/tflite/reader.h"
#include "tests/converter/shared_data.h"

namespace qrun::converter::calibrate {
namespace {

namespace fs = std::filesystem;
using Values = std::vector<float>;

constexpr float kTolerance = 1e-5F;

std::vector<std::uint8_t> read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

Values read_floats(const fs::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  Values values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

// A graph and the bytes that it borrows from.
struct Network {
  explicit Network(const fs::path& path) : bytes(read_file(path)) {
    graph = path.extension() == ".onnx" ? read_onnx(bytes, path.parent_path(), {}) : read_tflite(bytes);
    drop_dead_code(graph);
  }
  std::vector<std::uint8_t> bytes;
  Graph graph;
};

void expect_near(const Values& values, const Values& expected, float tolerance) {
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], tolerance) << "element " << i;
}

std::string numbered(const char* stem, int sample, const char* end = "") {
  return stem + std::to_string(sample) + end + ".bin";
}

class SharedTflite : public testing::TestWithParam<const char*> {};

TEST_P(SharedTflite, GivesTheReferencesAnswers) {
  const fs::path data = test::shared_data();
  if (!fs::exists(data)) GTEST_SKIP() << "SKIPPED: no " << data;
  const Network network(data / "models" / (std::string(GetParam()) + ".tflite"));
  const Executor executor(network.graph);
  for (int i = 0; i < 4; ++i) {
    SCOPED_TRACE(i);
    const fs::path folder = data / "goldens" / GetParam();
    const std::vector<Values> inputs = {read_floats(folder / numbered("input_", i))};
    const Values expected = read_floats(folder / numbered("output_", i));
    // Of numbers far from 1 the last digits differ.
    const float largest =
        std::max(1.0F, std::abs(*std::ranges::max_element(expected, {}, [](float v) { return std::abs(v); })));
    expect_near(executor.run(inputs, {})[0], expected, kTolerance * largest);
  }
}

INSTANTIATE_TEST_SUITE_P(Calibrate, SharedTflite,
                         testing::Values("kws_savedmodel_fp32", "kws_fp32_dequant", "resnet8_fp32", "vww_fp32",
                                         "ad01_fp32"),
                         [](const auto& test) { return std::string(test.param); });

// Its reference quantizes activations on the way, which is no float network's arithmetic: the same weights, dequantized
// by somebody else, are what to compare with.
TEST(SharedNetworks, HybridWeightsAreDequantized) {
  const fs::path data = test::shared_data();
  if (!fs::exists(data)) GTEST_SKIP() << "SKIPPED: no " << data;
  const Network hybrid(data / "models" / "kws_fp32.tflite"), real(data / "models" / "kws_fp32_dequant.tflite");
  const std::vector<Values> inputs = {read_floats(data / "goldens" / "kws_fp32" / "input_0.bin")};
  expect_near(Executor(hybrid.graph).run(inputs, {})[0], Executor(real.graph).run(inputs, {})[0], 0);
}

TEST(SharedNetworks, EveryObservedTensorIsTheReferences) {
  const fs::path folder = test::shared_data() / "goldens" / "kws_savedmodel_fp32";
  if (!fs::exists(folder)) GTEST_SKIP() << "SKIPPED: no " << folder;
  std::ifstream stream(folder / "tensors" / "manifest.json");
  std::map<std::string, fs::path> files;
  const auto manifest = nlohmann::json::parse(stream);
  for (const auto& tensor : manifest["tensors"]) {
    files[tensor["name"]] = folder / "tensors" / tensor["file"].get<std::string>();
  }
  const Network network(test::shared_data() / "models" / "kws_savedmodel_fp32.tflite");
  const std::vector<Values> inputs = {read_floats(folder / "input_0.bin")};
  int compared = 0;
  Executor(network.graph).run(inputs, [&](TensorId id, Reals values) {
    const auto file = files.find(network.graph.tensors[id].name);
    if (file == files.end()) return;
    SCOPED_TRACE(file->first);
    expect_near({values.begin(), values.end()}, read_floats(file->second), 1e-4F);
    ++compared;
  });
  EXPECT_GE(compared, 10);
}

class SharedOnnx : public testing::TestWithParam<const char*> {};

TEST_P(SharedOnnx, GivesOnnxRuntimesAnswers) {
  const fs::path data = test::shared_data() / "onnx";
  if (!fs::exists(data)) GTEST_SKIP() << "SKIPPED: no " << data;
  const Network network(data / (std::string(GetParam()) + "_float.onnx"));
  const Executor executor(network.graph);
  for (int i = 0; i < 4; ++i) {
    SCOPED_TRACE(i);
    const fs::path folder = data / "goldens" / GetParam();
    const std::vector<Values> inputs = {read_floats(folder / numbered("input_", i))};
    expect_near(executor.run(inputs, {})[0], read_floats(folder / numbered("output_", i, "_float")), kTolerance);
  }
}

// Literally executed, it is fake quantization. Where a sum lies at a rounding threshold, a step of the output's scale
// may lie between two orders of summation.
TEST_P(SharedOnnx, GivesOnnxRuntimesAnswersOfFakeQuantization) {
  const fs::path data = test::shared_data() / "onnx";
  if (!fs::exists(data)) GTEST_SKIP() << "SKIPPED: no " << data;
  const Network network(data / (std::string(GetParam()) + "_int8_qdq.onnx"));
  const Executor executor(network.graph);
  for (int i = 0; i < 4; ++i) {
    SCOPED_TRACE(i);
    const fs::path folder = data / "goldens" / GetParam();
    const std::vector<Values> inputs = {read_floats(folder / numbered("input_", i))};
    expect_near(executor.run(inputs, {})[0], read_floats(folder / numbered("output_", i, "_qdq_noopt")), 1.01F / 256);
  }
}

INSTANTIATE_TEST_SUITE_P(Calibrate, SharedOnnx, testing::Values("kws", "kws_savedmodel", "resnet8", "vww"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace qrun::converter::calibrate
