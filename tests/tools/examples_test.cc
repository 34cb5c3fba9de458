// The code that README.md and docs/embedding.md show: what C++ programs are told to write compiles and does what is
// said, and the C program runs. The build cuts the blocks out of the pages, numbered in their order.

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "qrun/qrun.hpp"
#include "runtime/tools/common/hex.h"
#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

const std::string kDigits = QRUN_DIGITS_FOLDER;

class Examples : public CommandTest {
 protected:
  Examples() {
    EXPECT_EQ(qconvert({kDigits + "/digits.tflite", "-o", path("digits.qfb"), "-q"}).exit_status, 0);
    std::filesystem::current_path(path(""));  // the examples open "digits.qfb"
  }
  ~Examples() override { std::filesystem::current_path("/"); }

  // The blocks, each where it stands in a program; a failure's message, or none.
  static std::string fail(std::string_view message) { return std::string(message); }
  static std::string readme();
  std::string embedding() const;
  static std::string embedding_arena(const Result<Plan>& plan);
  static void embedding_real_numbers(const TensorInfo& info);

  const std::string images_ = read(kDigits + "/test_images.bin");
};

std::string Examples::readme() {
#include "readme_cpp_1.inl"
  EXPECT_EQ(input.size(), 64u);
  EXPECT_EQ(scores.size(), 10u);
  return "";
}

std::string Examples::embedding() const {
  const std::span<const std::int8_t> samples(reinterpret_cast<const std::int8_t*>(images_.data()), images_.size());
  const auto pixels = samples.first(64);
  std::string results;
#include "embedding_cpp_1.inl"
#include "embedding_cpp_2.inl"
  EXPECT_EQ(results, read(kDigits + "/expected_outputs.bin"));
  std::string batch_results;
#include "embedding_cpp_3.inl"
  EXPECT_EQ(batch_results, results);  // 360 samples: the last batch has 8
  embedding_real_numbers(model->input(0));
#include "embedding_cpp_6.inl"
  const std::string last = images_.substr(images_.size() - 64);
  EXPECT_EQ(tools::hex(digest) + "\n", qrun({"digits.qfb", write("last", last), "--digest"}).out);
  return embedding_arena(plan);
}

std::string Examples::embedding_arena(const Result<Plan>& plan) {
#include "embedding_cpp_4.inl"
  return session ? "" : fail(session.status().message());
}

void Examples::embedding_real_numbers(const TensorInfo& info) {
  long q = 0;
  float x = 0.25F;
#include "embedding_cpp_5.inl"
  EXPECT_EQ(q, -64);  // scale 1 / 255, zero point -128
  EXPECT_NEAR(x, 0.25F, 0.5F / 255);
}

TEST_F(Examples, Readme) { EXPECT_EQ(readme(), ""); }

TEST_F(Examples, Embedding) { EXPECT_EQ(embedding(), ""); }

TEST_F(Examples, EmbeddingInC) {
  const Finished finished = run_process({QRUN_CLASSIFY_COMMAND, "digits.qfb"}, {.input = images_, .environment = {}});
  EXPECT_EQ(finished.exit_status, 0) << finished.err;
  const auto all = nlohmann::json::parse(qrun({"digits.qfb", write("x", images_), "--json"}).out);
  std::string expected;
  for (const auto& sample : all["results"]) {
    expected += std::to_string(sample["outputs"][0]["arg_max"].get<int>()) + "\n";
  }
  EXPECT_EQ(std::count(expected.begin(), expected.end(), '\n'), 360);
  EXPECT_EQ(finished.out, expected);
  expect_failure(run_process({QRUN_CLASSIFY_COMMAND, "missing"}), 1, "classify",
                 "missing: No such file or directory; check the path");
}

}  // namespace
}  // namespace qrun::test
