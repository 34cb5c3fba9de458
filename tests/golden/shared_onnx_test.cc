// External ONNX networks with ONNX Runtime's answers, where they are present: its fused integer kernels' and, of the
// same file, its literal ones' (graph optimizations off). SKIPPED elsewhere.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/golden/float_edges.h"
#include "tests/golden/golden.h"

namespace qrun::golden {
namespace {

namespace fs = std::filesystem;

constexpr int kSamples = 4;

// How far outputs may lie outside the range between the two answers.
constexpr int kSteps = 2;

struct Answer {
  std::vector<float> fused, literal;
};

fs::path folder() { return shared_data() / "onnx"; }

Answer read_answer(const std::string& network, const std::string& form, int sample) {
  const std::string stem = "output_" + std::to_string(sample) + "_" + form;
  const fs::path answers = folder() / "goldens" / network;
  return {floats(read_file(answers / (stem + ".bin"))), floats(read_file(answers / (stem + "_noopt.bin")))};
}

std::vector<Sample> read_samples(const Model& model, const std::string& network) {
  std::vector<Sample> samples;
  for (int i = 0; i < kSamples; ++i) {
    const Bytes real = read_file(folder() / "goldens" / network / ("input_" + std::to_string(i) + ".bin"));
    samples.push_back({{quantize(real, model.input(0), Halves::kToEven)}, {Bytes(model.output(0).bytes())}});
  }
  return samples;
}

auto best(const std::vector<float>& scores) { return std::ranges::max_element(scores) - scores.begin(); }

void expect_near(const std::vector<float>& scores, const Answer& answer, float margin) {
  ASSERT_EQ(scores.size(), answer.fused.size());
  ASSERT_EQ(scores.size(), answer.literal.size());
  if (best(answer.fused) == best(answer.literal)) {
    EXPECT_EQ(best(scores), best(answer.fused));
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto [low, high] = std::minmax(answer.fused[i], answer.literal[i]);
    EXPECT_GE(scores[i], low - margin) << "class " << i;
    EXPECT_LE(scores[i], high + margin) << "class " << i;
  }
}

class SharedOnnx : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(SharedOnnx, NearBothAnswers) {
  const auto [network_name, form] = GetParam();
  const std::string network = network_name;
  SKIP_IF_MISSING(folder());
  std::string file = network;
  file.append("_int8_").append(form).append(".onnx");
  const Converted converted = convert(folder() / file);
  ASSERT_TRUE(converted.model) << converted.refusal;
  const Model& model = *converted.model;
  const auto samples = read_samples(model, network);
  const auto first = run(model, {available_rows().front(), 1}, samples);
  for (int i = 0; i < kSamples; ++i) {
    SCOPED_TRACE("sample " + std::to_string(i));
    expect_near(floats(dequantize(first[i][0], model.output(0))), read_answer(network, form, i),
                (static_cast<float>(kSteps) + 0.01F) * model.output(0).scale());
  }
  for (const std::string& row : available_rows()) {
    for (const int threads : {1, 2}) EXPECT_EQ(run(model, {row, threads}, samples), first) << "with " << row;
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, SharedOnnx,
                         testing::Combine(testing::Values("kws", "kws_savedmodel", "resnet8", "vww"),
                                          testing::Values("qdq", "qop")),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param)) + "_" + std::get<1>(test.param);
                         });

}  // namespace
}  // namespace qrun::golden
