// tests/golden/onnx: every row gives the same bytes, and they are at most one step from ONNX Runtime's, of networks as
// many as tolerances.txt says. Models named refuse_ are refused with the message that NAME.txt has a part of; those
// named optional_ may be refused.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>

#include "tests/golden/golden.h"

namespace qrun::golden {
namespace {

const std::filesystem::path kFolder = source_folder() / "tests" / "golden" / "onnx";

int tolerance_of(const std::string& model) {
  static const std::map<std::string, int> kTolerances = [] {
    std::ifstream file(kFolder / "tolerances.txt");
    std::map<std::string, int> tolerances;
    std::string name;
    for (int steps = 0; file >> name >> steps;) tolerances[name] = steps;
    return tolerances;
  }();
  const auto found = kTolerances.find(model);
  return found == kTolerances.end() ? 1 : found->second;
}

// How far 8-bit outputs are from ONNX Runtime's.
struct Tally {
  std::size_t elements = 0, different = 0;
  int greatest = 0;

  void add(const Tally& other) {
    elements += other.elements;
    different += other.different;
    greatest = std::max(greatest, other.greatest);
  }
};

Tally count(const TensorInfo& info, const Bytes& got, const Bytes& expected) {
  Tally tally;
  if (info.dtype() != DType::kInt8 && info.dtype() != DType::kUInt8) return tally;
  tally.elements = expected.size();
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    const int steps = std::abs(value(info, got[i]) - value(info, expected[i]));
    tally.different += steps != 0;
    tally.greatest = std::max(tally.greatest, steps);
  }
  return tally;
}

class Onnx : public testing::TestWithParam<std::string> {
 protected:
  static void TearDownTestSuite() {
    std::cout << "ONNX Runtime's answers: " << total.different << " of " << total.elements
              << " elements differ, by at most " << total.greatest << "; refused, as they may be: " << refused << '\n';
  }

  static inline Tally total;
  static inline std::size_t refused = 0;
};

void expect_refusal(const std::string& name, const Converted& converted) {
  const Bytes text = read_file(kFolder / (name + ".txt"));
  const std::string expected(text.begin(), std::find(text.begin(), text.end(), '\n'));
  ASSERT_FALSE(converted.model) << "converted, which must be refused because of " << expected;
  EXPECT_NE(converted.refusal.find(expected), std::string::npos) << converted.refusal << "\n  lacks " << expected;
}

// What the first row makes of the samples' inputs; all others must make the same.
std::vector<Sample> expect_equal_rows(const Model& model, std::span<const Sample> samples) {
  const std::vector<std::string> rows = available_rows();
  const auto outputs = run(model, {rows.front(), 1}, samples);
  std::vector<Sample> own(samples.begin(), samples.end());
  for (std::size_t i = 0; i < own.size(); ++i) own[i].outputs = outputs[i];
  for (const std::string& row : rows) {
    for (const int threads : {1, 2}) {
      const Setup setup{row, threads};
      EXPECT_EQ(first_difference(model, setup, own), "") << "with " << setup << " and not with " << rows.front();
    }
  }
  return own;
}

TEST_P(Onnx, NearOnnxRuntime) {
  const std::string name = GetParam();
  const Converted converted = convert(kFolder / (name + ".onnx"));
  if (name.starts_with("refuse_")) return expect_refusal(name, converted);
  if (!converted.model && name.starts_with("optional_")) {
    ++refused;
    return;
  }
  ASSERT_TRUE(converted.model) << converted.refusal;
  const Model& model = *converted.model;
  const auto samples = unpack(model, read_file(kFolder / (name + ".bin")));
  ASSERT_EQ(samples.size(), 4u);
  EXPECT_EQ(first_difference(model, {available_rows().front(), 1}, samples, tolerance_of(name)), "");

  const auto own = expect_equal_rows(model, samples);
  Tally tally;
  for (std::size_t s = 0; s < samples.size(); ++s) {
    for (std::size_t i = 0; i < samples[s].outputs.size(); ++i)
      tally.add(count(model.output(i), own[s].outputs[i], samples[s].outputs[i]));
  }
  if (tolerance_of(name) != 1) {
    std::cout << name << ": at most " << tally.greatest << " steps of " << tolerance_of(name) << '\n';
  }
  RecordProperty("different", static_cast<int>(tally.different));
  RecordProperty("greatest", tally.greatest);
  total.add(tally);
}

INSTANTIATE_TEST_SUITE_P(Golden, Onnx, testing::ValuesIn(models_in(kFolder, ".onnx")),
                         [](const auto& test) { return test_name(test.param); });

}  // namespace
}  // namespace qrun::golden
