// qrun's reports: the summary, top elements, labels, JSON.

#include <nlohmann/json.hpp>

#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

using nlohmann::json;

constexpr char kMinus20 = '\xEC';  // char is unsigned on ARM

class QrunReport : public CommandTest {
 protected:
  QrunReport() : model_(write_model("m.qfb", identity_model())), pair_(write_model("pair.qfb", pair_model())) {}

  // What a successful run prints.
  std::string report(const std::vector<std::string>& arguments, const Surroundings& surroundings = {}) {
    const Finished finished = qrun(arguments, surroundings);
    EXPECT_EQ(finished.exit_status, 0);
    EXPECT_EQ(finished.err, "");
    return finished.out;
  }

  const std::string model_, pair_;
};

TEST_F(QrunReport, DescribesTheOutput) {
  // Real values are (q + 10) / 2.
  EXPECT_EQ(report({model_, write("x", {10, kMinus20, 30, 0})}),
            "scores  int8[1,4]  scale 0.5, zero point -10\n"
            "  range    -20 to 30, real -5.0000 to 20.0000\n"
            "  arg max  2\n"
            "  values   10 -20 30 0\n"
            "  top    score    q  index\n"
            "  cat  20.0000   30      2\n"
            "  ant  10.0000   10      0\n"
            "  dog   5.0000    0      3\n"
            "  bee  -5.0000  -20      1\n");
}

TEST_F(QrunReport, DescribesOutputsWithoutScaleOrLabels) {
  EXPECT_EQ(report({pair_, write("a", {1, 2, 3, 4}), write("b", {5, 6, 9, 8})}),
            "joined  int8[1,8]  not quantized\n"
            "  range    1 to 9\n"
            "  arg max  6\n"
            "  values   1 2 3 4 5 6 9 8\n"
            "index  int32[1]  not quantized\n"
            "  range    2 to 2\n"
            "  arg max  0\n"
            "  values   2\n");
}

TEST_F(QrunReport, TopKAndLabelsFromAFile) {
  EXPECT_EQ(report({model_, write("x", {10, 30, 30, 0}), "--top-k", "2", "--labels", write("l", "A\r\nB\nC\nD")}),
            "scores  int8[1,4]  scale 0.5, zero point -10\n"
            "  range    0 to 30, real 5.0000 to 20.0000\n"
            "  arg max  1\n"
            "  values   10 30 30 0\n"
            "  top    score   q  index\n"
            "  B    20.0000  30      1\n"
            "  C    20.0000  30      2\n");
}

// Classes are the last dimension: here two at each of two positions.
TEST_F(QrunReport, LabelsOfSeveralPositions) {
  ModelBuilder graph("positions");
  graph.output(graph.add(qfb::ReshapeT(), {graph.input("x", {4})}, "scores", {1, 2, 2}));
  const std::string text = report(
      {write_model("positions.qfb", graph.model), write("x", {10, 20, 30, 40}), "--labels", write("l", "off\non\n")});
  EXPECT_NE(text.find("  on      40  40      3\n"
                      "  off     30  30      2\n"
                      "  on      20  20      1\n"
                      "  off     10  10      0\n"),
            std::string::npos)
      << text;
}

TEST_F(QrunReport, OneLineASampleAndOutput) {
  EXPECT_EQ(report({model_, write("x", {10, kMinus20, 30, 0, 4, 3, 2, 1}), "--top-k", "1"}),
            "0  scores  cat 20.0000\n"
            "1  scores  ant 7.0000\n");
  EXPECT_EQ(report({pair_, write("a", {1, 2, 3, 4, 5, 6, 7, 8}), write("b", {5, 6, 9, 8, 9, 0, 0, 0})}),
            "0  joined  arg max 6  1 2 3 4 5 6 9 8\n"
            "0  index  arg max 0  2\n"
            "1  joined  arg max 4  5 6 7 8 9 0 0 0\n"
            "1  index  arg max 0  0\n");
}

TEST_F(QrunReport, ReportsAskedForReplaceTheSummary) {
  const std::string x = write("x", "abcd");
  EXPECT_EQ(report({model_, x, "-o", path("y")}), "");
  EXPECT_EQ(report({model_, x, "--digest"}).size(), 65u);
  EXPECT_NE(report({model_, x, "--digest", "--top-k", "1"}).find("range"), std::string::npos);
}

TEST_F(QrunReport, ControlCharactersOfAFileDoNotReachTheTerminal) {
  qfb::ModelT model = identity_model();
  model.metadata->labels[0] = "\033[31mred\n";
  const std::string text = report({write_model("evil.qfb", model), write("x", {9, 1, 2, 3})});
  EXPECT_NE(text.find("?[31mred?"), std::string::npos) << text;
  EXPECT_EQ(text.find('\033'), std::string::npos);
}

TEST_F(QrunReport, JsonHasEverything) {
  const std::string x = write("x", {10, kMinus20, 30, 0, 1, 2, 3, 4});
  const json all = json::parse(report({model_, x, "--json", "-t", "2"}, {"", {{"QRUN_ISA", "reference"}}}));
  EXPECT_EQ(all["model"], model_);
  EXPECT_EQ(all["isa"], "reference");
  EXPECT_EQ(all["threads"], 2);
  EXPECT_EQ(all["samples"], 2);
  EXPECT_GT(all["arena_bytes"], 0);
  EXPECT_TRUE(all["packed_bytes"].is_number_unsigned());
  EXPECT_EQ(all["inputs"][0], json::parse(R"({"name": "x", "shape": [4], "dtype": "int8", "bytes": 4,
                                              "scale": 0.03125, "zero_point": 3})"));
  EXPECT_EQ(all["outputs"][0]["shape"], (json{1, 4}));
  EXPECT_EQ(all["outputs"][0]["scale"], 0.5);
  EXPECT_EQ(all["outputs"][0]["zero_point"], -10);
  ASSERT_EQ(all["results"].size(), 2u);
  const json& first = all["results"][0]["outputs"][0];
  EXPECT_EQ(first["name"], "scores");
  EXPECT_EQ(first["min"], -20);
  EXPECT_EQ(first["max"], 30);
  EXPECT_EQ(first["arg_max"], 2);
  EXPECT_EQ(first["values"], (json{10, -20, 30, 0}));
  EXPECT_EQ(first["top"][0], json::parse(R"({"index": 2, "q": 30, "score": 20.0, "label": "cat"})"));
  EXPECT_EQ(first["top"].size(), 4u);
  EXPECT_EQ(all["results"][1]["outputs"][0]["values"], (json{1, 2, 3, 4}));
  EXPECT_EQ(all["digest"].get<std::string>() + "\n", report({model_, x, "--digest"}));
  EXPECT_FALSE(all.contains("latency_us"));
  EXPECT_FALSE(all.contains("profile"));
}

TEST_F(QrunReport, JsonOfTensorsWithoutScale) {
  const json all = json::parse(report({pair_, write("a", "abcd"), write("b", "abcd"), "--json"}));
  EXPECT_EQ(all["outputs"][1], json::parse(R"({"name": "index", "shape": [1], "dtype": "int32", "bytes": 4,
                                               "scale": null, "zero_point": null})"));
  EXPECT_EQ(all["results"][0]["outputs"][1]["values"], (json{3}));
  EXPECT_FALSE(all["results"][0]["outputs"][1].contains("top"));
}

TEST_F(QrunReport, JsonOfNamesThatAreNotUtf8) {
  qfb::ModelT model = identity_model();
  model.metadata->labels[0] = "\xff\xfe";
  EXPECT_TRUE(json::accept(report({write_model("evil.qfb", model), write("x", {9, 1, 2, 3}), "--json"})));
}

TEST_F(QrunReport, InstructionSets) {
  const std::string text = report({"--list-isa"});
  EXPECT_TRUE(text.starts_with("reference    available\n")) << text;
  const json list = json::parse(report({"--list-isa", "--json"}));
  EXPECT_EQ(list[0], json::parse(R"({"name": "reference", "available": true})"));
}

TEST_F(QrunReport, HelpAndVersion) {
  EXPECT_TRUE(report({"--version"}).starts_with("qrun "));
  EXPECT_NE(report({"--help"}).find("-o,--output FILE   "), std::string::npos);
  EXPECT_NE(report({"--help"}).find("Exit status: 0 done, 1 the work failed, 2 wrong usage."), std::string::npos);
}

}  // namespace
}  // namespace qrun::test
