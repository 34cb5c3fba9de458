// qrun's mistakes: one line that names the file and says what to do; 1 where the work failed, 2 where the usage is
// wrong.

#include <nlohmann/json.hpp>

#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

class QrunErrors : public CommandTest {
 protected:
  QrunErrors() : model_(write_model("m.qfb", identity_model())), pair_(write_model("pair.qfb", pair_model())) {
    input_ = write("x.bin", "abcd");
  }
  ~QrunErrors() override { EXPECT_EQ(listing(), files_); }  // no error leaves a file behind

  void expect(int exit_status, const std::vector<std::string>& arguments, const std::string& message,
              const Surroundings& surroundings = {}) {
    files_ = listing();
    expect_failure(qrun(arguments, surroundings), exit_status, "qrun", message);
  }

  std::string model_, pair_, input_;
  std::vector<std::string> files_;
};

TEST_F(QrunErrors, Usage) {
  expect(2, {}, "MODEL.qfb is required; see qrun --help");
  expect(2, {"--no-such-option"}, "--no-such-option");
  expect(2, {model_, input_, "-t", "0"}, "--threads");
  expect(2, {model_, input_, "-t", "257"}, "--threads");
  expect(2, {model_, input_, "-t", "two"}, "--threads");
  expect(2, {model_, input_, "--batch", "0"}, "--batch");
  expect(2, {model_, input_, "--top-k", "0"}, "--top-k");
  expect(2, {model_, input_, "--repeat", "0"}, "--repeat");
  expect(2, {model_, input_, "--warmup", "-1"}, "--warmup");
  expect(2, {model_, input_, "-o"}, "-o");
}

TEST_F(QrunErrors, NumbersOfFiles) {
  expect(2, {model_}, "INPUT.bin: 0 given, the model has 1 input; give one file for each of: x int8[4] (4 bytes)");
  expect(2, {model_, input_, input_}, "INPUT.bin: 2 given, the model has 1 input; give");
  expect(2, {pair_, input_}, "the model has 2 inputs; give one file for each of: a int8[1,4] (4 bytes), b int8[1,4]");
  expect(
      2, {pair_, input_, input_, "-o", path("y")},
      "-o: 1 given, the model has 2 outputs; give -o FILE once for each of: joined int8[1,8] (8 bytes), index int32");
  expect(2, {model_, input_, "-o", path("y"), "-o", path("z")},
         "-o: 2 given, the model has 1 output; give -o FILE once for each of: scores int8[1,4] (4 bytes)");
  expect(2, {model_, input_, "-o", path("y"), input_}, "INPUT.bin: 2 given");  // -o takes one file
}

TEST_F(QrunErrors, InputSizes) {
  const std::string six = write("six.bin", "abcdef"), none = write("none.bin", ""), two = write("two.bin", "abcdefgh");
  expect(1, {model_, six}, six + ": has 6 bytes, input 'x' int8[4] needs 4 or a multiple; give raw int8 elements");
  expect(1, {model_, none}, none + ": is empty, input 'x' int8[4] needs 4 or a multiple; give raw int8 elements");
  expect(1, {model_, "-"}, "standard input: is empty, input 'x' int8[4] needs 4 or a multiple; give raw int8 elements");
  expect(1, {pair_, input_, two}, two + ": holds 2 samples, " + input_ + " holds 1; give as many of every input");
}

TEST_F(QrunErrors, NumpyFiles) {
  const std::string numpy = "\x93NUMPY" + std::string(26, '\x01');  // as long as several samples
  expect(1, {model_, write("x.npy", numpy)},
         "x.npy: is a numpy file; give raw int8 elements, as array.tofile() writes");
}

TEST_F(QrunErrors, FilesThatCannotBeRead) {
  const std::string missing = path("missing");
  const std::string no_such_file = "qrun: " + missing + ": No such file or directory; check the path\n";
  expect(1, {missing, input_}, no_such_file);
  expect(1, {model_, missing}, no_such_file);
  expect(1, {model_, input_, "--labels", missing}, no_such_file);
  expect(1, {model_, input_ + "/x"}, input_ + "/x: Not a directory; check the path");
  expect(1, {path(""), input_}, "qrun: " + path("") + ": is a directory; give a .qfb file");
  expect(1, {model_, path("")}, "qrun: " + path("") + ": is a directory; give a file");
  expect(1, {"/dev/null", input_}, "/dev/null: is not a regular file and cannot be mapped; give a .qfb file");
  expect(1, {write("empty", ""), input_}, "qrun: " + path("empty") + ": is empty; convert the model again");
  expect(2, {"-", input_}, "-: the model is mapped and cannot be stdin; give a path");
  expect(1, {input_, input_}, input_ + ": ");
}

TEST_F(QrunErrors, DamagedModels) {
  std::string bytes = read("m.qfb");
  const std::string half = write("half.qfb", bytes.substr(0, bytes.size() / 2));
  expect(1, {half, input_}, half + ": ");
}

TEST_F(QrunErrors, FilesThatCannotBeWritten) {
  std::filesystem::create_directory(path("folder"));
  expect(1, {model_, input_, "-o", path("folder")}, path("folder") + ": is a directory; give a file name");
  expect(1, {model_, input_, "-o", path("no/such/y")},
         path("no/such/y") + ": cannot be written: No such file or directory; check the path");
}

TEST_F(QrunErrors, OutputsThatAreOtherFiles) {
  std::filesystem::create_symlink(input_, path("link"));
  expect(2, {model_, input_, "-o", input_}, input_ + ": is also an input; give -o another path");
  expect(2, {model_, input_, "-o", path("link")}, path("link") + ": is also an input");
  expect(2, {model_, input_, "-o", path("./x.bin")}, "is also an input");
  expect(2, {model_, input_, "-o", model_}, model_ + ": is the model");
  expect(2, {pair_, input_, input_, "-o", path("y"), "-o", path("./y")}, "y: is given twice");
  expect(2, {pair_, "-", "-"}, "stdin can be only one of the inputs");
  expect(2, {pair_, input_, input_, "-o", "-", "-o", "-"}, "stdout can be only one of the outputs");
  expect(2, {model_, input_, "-o", "-", "--digest"}, "stdout cannot hold raw bytes and a report");
  EXPECT_EQ(read("x.bin"), "abcd");
}

TEST_F(QrunErrors, Labels) {
  const std::string labels = write("labels.txt", "ant\nbee\n");
  expect(1, {model_, input_, "--labels", labels},
         labels + ": has 2 lines, output scores int8[1,4] has 4 classes in its last dimension; give one label a line");
}

TEST_F(QrunErrors, InstructionSets) {
  expect(2, {model_, input_, "--isa", "abacus"}, "unknown instruction set 'abacus'");
  expect(2, {model_, path("missing"), "--isa", "abacus"}, "unknown instruction set 'abacus'");  // before any input
  expect(2, {model_, "--isa", "abacus"}, "unknown instruction set 'abacus'");
  expect(2, {model_, input_}, "QRUN_ISA", {.input = "", .environment = {{"QRUN_ISA", "abacus"}}});
  for (const auto& isa : nlohmann::json::parse(qrun({"--list-isa", "--json"}).out)) {
    if (isa["available"]) continue;
    expect(1, {model_, input_, "--isa", isa["name"]}, isa["name"]);
  }
}

}  // namespace
}  // namespace qrun::test
