// External models with reference outputs, where they are present: 251 random operators, 24 threshold models, 13 trained
// networks, and a keyword spotter's accuracy over 1000 recordings. SKIPPED elsewhere.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/golden/float_edges.h"
#include "tests/golden/golden.h"

namespace qrun::golden {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

json read_json(const fs::path& path) {
  const Bytes bytes = read_file(path);
  return json::parse(bytes.begin(), bytes.end());
}

// A manifest's samples, whose files lie in `folder`.
std::vector<Sample> read_samples(const fs::path& folder, const json& entries) {
  std::vector<Sample> samples;
  for (const json& entry : entries) {
    Sample& sample = samples.emplace_back();
    for (const json& input : entry.at("inputs")) sample.inputs.push_back(read_file(folder / input.get<std::string>()));
    for (const json& output : entry.at("outputs")) {
      sample.outputs.push_back(read_file(folder / output.at("file").get<std::string>()));
    }
  }
  return samples;
}

// ---- Float edges: the converted model starts or ends with the integers.
// ----------------------------------------------

// Empty where a model with a float input or output gives the reference's, once quantized or dequantized at its edge.
std::string float_edge_difference(const Model& model, const Setup& setup, std::vector<Sample> samples) {
  const std::vector<Sample> reference = samples;
  for (Sample& sample : samples) {
    if (sample.inputs[0].size() != model.input(0).bytes())
      sample.inputs[0] = quantize(sample.inputs[0], model.input(0), Halves::kAwayFromZero);
  }
  const auto outputs = run(model, setup, samples);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Bytes& expected = reference[i].outputs[0];
    const bool is_float = expected.size() != model.output(0).bytes();
    const Bytes got = is_float ? dequantize(outputs[i][0], model.output(0)) : outputs[i][0];
    if (got != expected) return "sample " + std::to_string(i) + " differs";
  }
  return {};
}

// ---- Single operators -----------------------------------------------------------------------------------------------

bool has_tag(const json& entry, std::string_view tag) {
  const json tags = entry.value("tags", json::array());
  return std::ranges::find(tags, tag) != tags.end();
}

void expect_operator(const fs::path& folder, const json& entry) {
  const std::string id = entry.at("id");
  SCOPED_TRACE(id + ": " + entry.value("desc", ""));
  const Converted converted = convert(folder / id / "model.tflite");
  if (!converted.model) {
    ADD_FAILURE() << "refused: " << converted.refusal;
    return;
  }
  const auto samples = read_samples(folder, entry.at("samples"));
  const bool float_edge = has_tag(entry, "float_input") || has_tag(entry, "float_output");
  // The reference resizes uint8 in floats, the contract in integers.
  const bool inexact = entry.value("op", "") == "resize_bilinear" && entry.at("inputs")[0].at("dtype") == "uint8";
  for (const Setup& setup : every_setup()) {
    const std::string difference = float_edge ? float_edge_difference(*converted.model, setup, samples)
                                              : first_difference(*converted.model, setup, samples, inexact ? 1 : 0);
    EXPECT_EQ(difference, "") << "with " << setup;
  }
}

void expect_operators(const fs::path& folder, std::size_t count) {
  SKIP_IF_MISSING(folder);
  const json manifest = read_json(folder / "manifest.json");
  EXPECT_EQ(manifest.at("models").size(), count);
  for (const json& entry : manifest.at("models")) expect_operator(folder, entry);
}

TEST(SharedOps, EqualReference) { expect_operators(shared_data() / "ops", 251); }

TEST(SharedThresholds, EqualReference) { expect_operators(shared_data() / "ops_threshold", 24); }

// ---- Trained networks -----------------------------------------------------------------------------------------------

class SharedModels : public testing::TestWithParam<const char*> {};

// What to run where not everything is: all samples on the row that a user gets, one on the others.
std::vector<std::pair<Setup, std::size_t>> setups_and_samples(const Model& model, std::size_t samples) {
  std::vector<std::pair<Setup, std::size_t>> result;
  const auto plan = Plan::create(model);
  if (!plan) throw std::runtime_error(std::string(plan.status().message()));
  for (const Setup& setup : every_setup()) {
    if (test_everything() || setup.isa == plan->isa()) {
      result.emplace_back(setup, samples);
    } else if (setup.threads == 1) {
      result.emplace_back(setup, 1);
    }
  }
  return result;
}

TEST_P(SharedModels, EqualReference) {
  const std::string name = GetParam();
  const fs::path folder = shared_data() / "goldens" / name;
  SKIP_IF_MISSING(folder);
  const Converted converted = convert(shared_data() / "models" / (name + ".tflite"));
  ASSERT_TRUE(converted.model) << converted.refusal;
  const auto samples = read_samples(folder, read_json(folder / "manifest.json").at("samples"));
  ASSERT_EQ(samples.size(), 4u);
  for (const auto& [setup, count] : setups_and_samples(*converted.model, samples.size())) {
    EXPECT_EQ(first_difference(*converted.model, setup, std::span(samples).first(count)), "") << "with " << setup;
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, SharedModels,
                         testing::Values("ad01_int8", "hello_world_int8", "kws_int8", "micro_speech_quantized",
                                         "mnv2_pytorch_int8", "mobilenet_v1_0.25_128_quant",
                                         "mobilenet_v1_0.5_160_quant", "mobilenet_v2_1.0_224_quant", "person_detect",
                                         "resnet8_int8", "sww_int8", "tf2_mobilenet_v2_1.0_224_ptq", "vww_int8"),
                         [](const auto& test) { return test_name(test.param); });

// ---- A keyword spotter over a test set ------------------------------------------------------------------------------

std::vector<int> read_labels(const fs::path& csv) {
  std::ifstream file(csv);
  std::vector<int> labels;
  std::string line;
  std::getline(file, line);  // index,file,label
  while (std::getline(file, line)) labels.push_back(std::stoi(line.substr(line.rfind(',') + 1)));
  return labels;
}

TEST(SharedKeywords, EqualReferenceAndAccuracy) {
  const fs::path folder = shared_data() / "kws01";
  SKIP_IF_MISSING(folder);
  const Converted converted = convert(shared_data() / "models" / "kws_int8.tflite");
  ASSERT_TRUE(converted.model) << converted.refusal;
  const Bytes inputs = read_file(folder / "inputs.bin"), outputs = read_file(folder / "outputs_kws_int8.bin");
  const std::vector<int> labels = read_labels(folder / "labels.csv");
  ASSERT_EQ(labels.size(), 1000u);

  const std::size_t input_bytes = inputs.size() / labels.size(), output_bytes = outputs.size() / labels.size();
  std::vector<Sample> samples;
  int right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto input = std::span(inputs).subspan(i * input_bytes, input_bytes);
    const auto output = std::span(outputs).subspan(i * output_bytes, output_bytes);
    samples.push_back({{Bytes(input.begin(), input.end())}, {Bytes(output.begin(), output.end())}});
    const auto* scores = reinterpret_cast<const std::int8_t*>(output.data());
    right += std::max_element(scores, scores + output_bytes) - scores == labels[i];
  }
  EXPECT_EQ(right, 901);
  for (const auto& [setup, count] : setups_and_samples(*converted.model, samples.size())) {
    EXPECT_EQ(first_difference(*converted.model, setup, std::span(samples).first(count)), "") << "with " << setup;
  }
}

}  // namespace
}  // namespace qrun::golden
