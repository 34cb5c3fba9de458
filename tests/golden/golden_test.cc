// The project's own models: tests/golden/ops, tests/golden/networks and examples/digits give the reference's bytes and
// the published digests on every row.

#include "tests/golden/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

namespace qrun::golden {
namespace {

const std::filesystem::path kFolder = source_folder() / "tests" / "golden";
const std::filesystem::path kDigits = source_folder() / "examples" / "digits";

constexpr auto kTestName = [](const auto& info) { return test_name(info.param); };

std::map<std::string, std::string> published_digests() {
  std::ifstream file(kFolder / "digests.txt");
  std::map<std::string, std::string> digests;
  for (std::string digest, name; file >> digest >> name;) digests[name] = digest;
  return digests;
}

void expect_reference(const Model& model, std::span<const Sample> samples) {
  for (const Setup& setup : every_setup()) {
    EXPECT_EQ(first_difference(model, setup, samples), "") << "with " << setup;
  }
}

void expect_published_digest(const std::string& name, const Model& model, std::span<const Sample> samples) {
  const auto digests = published_digests();
  ASSERT_TRUE(digests.contains(name)) << "digests.txt lacks it";
  for (const Setup& setup : every_setup()) {
    EXPECT_EQ(digest(model, setup, samples), digests.at(name)) << "with " << setup;
  }
}

class Ops : public testing::TestWithParam<std::string> {};

TEST_P(Ops, EqualReference) {
  const Converted converted = convert(kFolder / "ops" / (GetParam() + ".tflite"));
  ASSERT_TRUE(converted.model) << converted.refusal;
  const auto samples = unpack(*converted.model, read_file(kFolder / "ops" / (GetParam() + ".bin")));
  ASSERT_FALSE(samples.empty());
  expect_reference(*converted.model, samples);
}

INSTANTIATE_TEST_SUITE_P(Golden, Ops, testing::ValuesIn(models_in(kFolder / "ops", ".tflite")), kTestName);

class Networks : public testing::TestWithParam<std::string> {};

TEST_P(Networks, EqualReference) {
  const Converted converted = convert(kFolder / "networks" / (GetParam() + ".tflite"));
  ASSERT_TRUE(converted.model) << converted.refusal;
  const auto samples = unpack(*converted.model, read_file(kFolder / "networks" / (GetParam() + ".bin")));
  ASSERT_FALSE(samples.empty());
  expect_reference(*converted.model, samples);
  expect_published_digest(GetParam(), *converted.model, samples);
}

INSTANTIATE_TEST_SUITE_P(Golden, Networks, testing::ValuesIn(models_in(kFolder / "networks", ".tflite")), kTestName);

// The digits example's test set, cut into samples.
std::vector<Sample> digits_samples(const Model& model) {
  const Bytes images = read_file(kDigits / "test_images.bin"), outputs = read_file(kDigits / "expected_outputs.bin");
  const std::size_t input_bytes = model.input(0).bytes(), output_bytes = model.output(0).bytes();
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < images.size() / input_bytes; ++i) {
    const auto image = std::span(images).subspan(i * input_bytes, input_bytes);
    const auto output = std::span(outputs).subspan(i * output_bytes, output_bytes);
    samples.push_back({{Bytes(image.begin(), image.end())}, {Bytes(output.begin(), output.end())}});
  }
  return samples;
}

TEST(Digits, EqualReferenceOnTheWholeTestSet) {
  const Converted converted = convert(kDigits / "digits.tflite");
  ASSERT_TRUE(converted.model) << converted.refusal;
  const auto samples = digits_samples(*converted.model);
  ASSERT_EQ(samples.size(), 360u);
  expect_reference(*converted.model, samples);
  expect_published_digest("digits", *converted.model, samples);
}

TEST(Digits, AccuracyIsTheReadmes) {
  constexpr int kRight = 357;
  const Converted converted = convert(kDigits / "digits.tflite");
  ASSERT_TRUE(converted.model) << converted.refusal;
  const auto samples = digits_samples(*converted.model);
  const Bytes labels = read_file(kDigits / "test_labels.bin");
  ASSERT_EQ(labels.size(), samples.size());
  for (const std::string& row : available_rows()) {
    const auto outputs = run(*converted.model, {row, 1}, samples);
    int right = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto* scores = reinterpret_cast<const std::int8_t*>(outputs[i][0].data());
      right += std::max_element(scores, scores + 10) - scores == labels[i];
    }
    EXPECT_EQ(right, kRight) << "with " << row;
  }
}

}  // namespace
}  // namespace qrun::golden
