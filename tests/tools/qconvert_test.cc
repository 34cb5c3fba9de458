// qconvert: what it reports, what it refuses, and that a refusal leaves no file.

#include <nlohmann/json.hpp>

#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

const std::string kDigits = QRUN_DIGITS_FOLDER "/digits.tflite";

class Qconvert : public CommandTest {
 protected:
  void expect(int exit_status, const std::vector<std::string>& arguments, const std::string& message) {
    const std::vector<std::string> files = listing();
    expect_failure(qconvert(arguments), exit_status, "qconvert", message);
    EXPECT_EQ(listing(), files);
  }
  std::string lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "class " + std::to_string(i) + "\n";
    return write("labels" + std::to_string(count), text);
  }
};

TEST_F(Qconvert, StoresLabelsAndEntries) {
  const Finished finished =
      qconvert({kDigits, "-o", path("d.qfb"), "--labels", lines(10), "--meta", "a=b", "--meta", "c=d=e", "--json"});
  ASSERT_EQ(finished.exit_status, 0) << finished.err;
  EXPECT_EQ(nlohmann::json::parse(finished.out)["operators"]["Conv2D"], 3);
  const auto metadata = nlohmann::json::parse(qinspect({path("d.qfb"), "--json"}).out)["metadata"];
  EXPECT_EQ(metadata["labels"].size(), 10u);
  EXPECT_EQ(metadata["labels"][9], "class 9");
  EXPECT_EQ(metadata["entries"], nlohmann::json::parse(R"({"a": "b", "c": "d=e"})"));
}

TEST_F(Qconvert, WritesToStdout) {
  ASSERT_EQ(qconvert({kDigits, "-o", path("d.qfb"), "-q"}).out, "");
  EXPECT_EQ(qconvert({kDigits, "-o", "-"}).out, read("d.qfb"));
}

TEST_F(Qconvert, Labels) {
  expect(1, {kDigits, "-o", path("d.qfb"), "--labels", lines(0)},
         path("labels0") + ": is empty; give one label a line");
  for (const int count : {1, 9, 11}) {
    expect(
        1, {kDigits, "-o", path("d.qfb"), "--labels", lines(count)},
        kDigits + ": labels: " + std::to_string(count) +
            " given, but the first output 'StatefulPartitionedCall_1:0' is [1,10] and its last dimension, 10, counts "
            "its classes; give one label for each, or none");
  }
}

TEST_F(Qconvert, FilesThatCannotBeRead) {
  const std::string output = path("d.qfb");
  for (const char* name : {"missing.tflite", "missing.txt", "missing"}) {
    expect(1, {path(name), "-o", output}, "qconvert: " + path(name) + ": No such file or directory; check the path\n");
  }
  expect(1, {path(""), "-o", output}, "qconvert: " + path("") + ": is a directory; give a file\n");
  expect(2, {write("model.txt", ""), "-o", output},
         "model.txt: unknown extension; qconvert reads .tflite and .onnx files");
  expect(2, {write("model.qfb", ""), "-o", output}, "model.qfb: is converted already; run it with qrun");
  expect(1, {write("model.tflite", ""), "-o", output}, "model.tflite: not a .tflite file");
  expect(1, {kDigits, "-o", output, "--labels", path("missing")}, path("missing") + ": No such file or directory");
}

TEST_F(Qconvert, Usage) {
  expect(2, {}, "is required");
  expect(2, {kDigits}, "--output is required");
  expect(2, {"-", "-o", path("d.qfb")}, "-: the source's extension tells its format, so it cannot be stdin");
  expect(2, {kDigits, "-o", "-", "--json"}, "stdout cannot hold the file and a summary");
  expect(2, {kDigits, "-o", kDigits}, "is the source; give another path");
  expect(2, {kDigits, "-o", path("d.qfb"), "--meta", "novalue"}, "--meta novalue: must be KEY=VALUE");
  expect(2, {kDigits, "-o", path("d.qfb"), "--meta", "a=b", "c=d"}, "not expected: c=d");
  expect(1, {kDigits, "-o", path("")}, path("") + ": is a directory; give a file name");
}

TEST_F(Qconvert, HelpCallsPathsFiles) {
  const std::string help = qconvert({"--help"}).out;
  EXPECT_NE(help.find("--output FILE"), std::string::npos) << help;
  EXPECT_NE(help.find("--labels FILE"), std::string::npos) << help;
  EXPECT_NE(help.find("--meta KEY=VALUE"), std::string::npos) << help;
  EXPECT_EQ(help.find("TEXT"), std::string::npos) << help;
}

}  // namespace
}  // namespace qrun::test
