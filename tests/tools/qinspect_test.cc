// qinspect: the fields that programs read, the costs it adds up, and files it must refuse.

#include <nlohmann/json.hpp>

#include "tests/support/sample_models.h"
#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

using nlohmann::json;
using Qinspect = CommandTest;

TEST_F(Qinspect, Json) {
  const std::string model = write_model("m.qfb", sample_model("Network").model);
  const Finished finished = qinspect({model, "--json"}, {"", {{"QRUN_ISA", "reference"}}});
  ASSERT_EQ(finished.exit_status, 0) << finished.err;
  const json all = json::parse(finished.out);
  EXPECT_EQ(all["name"], "Network");
  EXPECT_EQ(all["format_version"], 1);
  EXPECT_EQ(all["inputs"][0]["name"], "image");
  EXPECT_EQ(all["inputs"][0]["shape"], (json{1, 4, 4, 2}));
  EXPECT_EQ(all["inputs"][0]["dtype"], "int8");
  EXPECT_EQ(all["inputs"][0]["scale"], 0.03125);
  EXPECT_EQ(all["inputs"][0]["zero_point"], 3);
  EXPECT_EQ(all["outputs"][0]["name"], "scores");
  // Weights 8 bytes and 4 rescales of 8; weights 48, bias 12 and 3 rescales.
  EXPECT_EQ(all["operators"][0], json::parse(R"({"type": "Conv2D", "step": 0, "output": "conv/Relu",
      "input_shapes": [[1, 4, 4, 2], [4, 1, 1, 2]], "output_shapes": [[1, 4, 4, 4]],
      "parameters": "1x1 stride 1x1 pad 0,0,0,0 clamp -128..127", "macs": 128, "parameter_bytes": 40})"));
  EXPECT_EQ(all["operators"][2]["type"], "FullyConnected");
  EXPECT_EQ(all["operators"][2]["macs"], 48);
  EXPECT_EQ(all["operators"][2]["parameter_bytes"], 84);
  const json& totals = all["totals"];
  EXPECT_EQ(totals["file_bytes"], std::filesystem::file_size(model));
  EXPECT_EQ(totals["operators"], 4);
  EXPECT_EQ(totals["macs"], 176);
  EXPECT_EQ(totals["parameter_bytes"], 124);
  EXPECT_EQ(totals["isa"], "reference");
  EXPECT_GE(totals["arena_bytes"], 32 + 64);  // the convolution's input and output live at once
  EXPECT_GT(totals["packed_bytes"], 0);
  EXPECT_EQ(totals["tests"], 1);
  EXPECT_EQ(all["metadata"]["producer"], "sample_models");
  EXPECT_EQ(all["metadata"]["labels"], (json{"ant", "bee", "cat"}));
  EXPECT_EQ(all["metadata"]["source_sha256"].get<std::string>().substr(0, 4), "0707");
  EXPECT_EQ(all["metadata"]["entries"]["licence"], "none");
}

TEST_F(Qinspect, ASoftmaxOfAnyScale) {
  const json all = json::parse(qinspect({write_model("m.qfb", sample_model("SoftmaxAnyScale").model), "--json"}).out);
  EXPECT_EQ(all["format_version"], 2);
  EXPECT_EQ(all["operators"][0]["parameters"], "output multiplier 1610612736 shift 9 zero_point 11");
}

TEST_F(Qinspect, EveryOperatorHasItsText) {
  for (const SampleModel& sample : sample_models()) {
    const Finished finished = qinspect({write_model("m.qfb", sample.build().model)});
    EXPECT_EQ(finished.exit_status, 0) << sample.name << ": " << finished.err;
    const std::string expected = sample.name == std::string("Network") ? "FullyConnected" : sample.name;
    EXPECT_NE(finished.out.find(expected), std::string::npos) << finished.out;
    EXPECT_EQ(finished.err, "");
  }
}

TEST_F(Qinspect, SharedConstantsCountOnceInTheTotal) {
  ModelBuilder graph("twice");
  const int x = graph.input("x", {1, 4}), shared = graph.random_constant("shared", {1, 100});
  for (const char* name : {"y", "z"}) {
    qfb::ConcatenationT params;
    params.axis = 1;
    graph.output(graph.add(std::move(params), {x, shared}, name, {1, 104}));
  }
  const json all = json::parse(qinspect({write_model("m.qfb", graph.model), "--json"}).out);
  EXPECT_EQ(all["operators"][0]["parameter_bytes"], 100);
  EXPECT_EQ(all["operators"][1]["parameter_bytes"], 100);
  EXPECT_EQ(all["totals"]["parameter_bytes"], 100);
}

TEST_F(Qinspect, SaysWhatTestsAre) {
  const auto last_line = [&](const qfb::ModelT& model) {
    const std::string text = qinspect({write_model("m.qfb", model)}).out;
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  EXPECT_EQ(last_line(identity_model()), "tests       0 (samples in the file, with the SHA-256 of their answers)\n");
  EXPECT_EQ(last_line(sample_model("Network").model),
            "tests       1 (samples in the file, with the SHA-256 of their answers)\n");
}

TEST_F(Qinspect, Errors) {
  expect_failure(qinspect({}), 2, "qinspect", "MODEL.qfb is required");
  expect_failure(qinspect({path("missing")}), 1, "qinspect",
                 "qinspect: " + path("missing") + ": No such file or directory; check the path");
  expect_failure(qinspect({path("")}), 1, "qinspect", path("") + ": is a directory; give a file");
  expect_failure(qinspect({write("empty", "")}), 1, "qinspect", path("empty") + ": is empty; give a .qfb file");
  expect_failure(qinspect({"-"}), 1, "qinspect", "standard input: is empty; give a .qfb file");
  expect_failure(qinspect({write("text", "not a model at all")}), 1, "qinspect", path("text") + ": ");
}

}  // namespace
}  // namespace qrun::test
