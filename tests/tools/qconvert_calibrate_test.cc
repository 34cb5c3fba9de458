// qconvert's options about float networks, on a small one that the test writes.

#include <cmath>
#include <cstdint>

#include "tests/converter/calibrate/sample_files.h"
#include "tests/converter/tflite_builder.h"
#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

const std::string kDigits = QRUN_DIGITS_FOLDER "/digits.tflite";

std::string text(const TfliteBytes& bytes) { return {bytes.begin(), bytes.end()}; }

// x float32 [1,4] -> abs -> y.
std::string float_network() {
  TfliteBuilder file;
  const int x = file.input("x", {1, 4}, {}, Type::FLOAT32);
  file.output(file.add(Code::ABS, {x}, "y", {1, 4}, {}, Type::FLOAT32));
  return text(file.finish());
}

class QconvertCalibrate : public CommandTest {
 protected:
  QconvertCalibrate() : network_(write("net.tflite", float_network())), output_(path("net.qfb")) {
    raw_ = write("samples.bin", bytes_of<float>({1, 2, 3, 4, -1, 0, 5, 254}));
  }

  // Leaves nothing behind.
  void expect(int exit_status, const std::vector<std::string>& arguments, const std::string& message) {
    const std::vector<std::string> files = listing();
    expect_failure(qconvert(arguments), exit_status, "qconvert", message);
    EXPECT_EQ(listing(), files);
  }
  void expect_converted(std::vector<std::string> options) {
    options.insert(options.begin(), {network_, "-o", output_, "-q"});
    const Finished finished = qconvert(options);
    EXPECT_EQ(finished.exit_status, 0) << finished.err;
    EXPECT_EQ(finished.err, "");
  }

  std::string network_, output_, raw_;
};

TEST_F(QconvertCalibrate, RawAndNpyGiveTheSameBytes) {
  expect_converted({"--calibrate", raw_});
  const std::string bytes = read("net.qfb");
  const std::string array = npy("<f4", "(2, 4)", read("samples.bin"));
  expect_converted({"--calibrate", write("samples.npy", array)});
  EXPECT_EQ(read("net.qfb"), bytes);
  const std::string input =
      write("x.bin", std::string("\x81\x83\x80\x7f", 4));  // 0, 2, -1, 254: scale 1, zero point -127
  const Finished run = qrun({output_, input, "-o", "-"});
  EXPECT_EQ(run.exit_status, 0) << run.err;
  EXPECT_EQ(run.out.size(), 4U);
  EXPECT_EQ(static_cast<std::int8_t>(run.out[3]), 127);
}

TEST_F(QconvertCalibrate, DataMayComeBeforeTheModel) {
  const Finished finished = qconvert({"--calibrate", raw_, "-q", network_, "-o", output_});
  EXPECT_EQ(finished.exit_status, 0) << finished.err;
}

TEST_F(QconvertCalibrate, EveryOptionIsTaken) {
  for (const char* range : {"min-max", "moving-average", "percentile", "mse", "entropy"}) {
    expect_converted({"--calibrate", raw_, "--range", range});
  }
  expect_converted({"--calibrate", raw_, "--range", "percentile", "--percentile", "99", "--weights", "per-tensor",
                    "--activations", "symmetric", "--full-range", "--equalize", "--correct-bias"});
}

TEST_F(QconvertCalibrate, OneMeanIsEveryChannels) {
  const std::string pixels = write("pixels.npy", npy("|u1", "(1, 4)", std::string("\0\x10\x80\xff", 4)));
  expect_converted({"--calibrate", pixels, "--mean", "0", "--std", "255"});
  const std::string one = read("net.qfb");
  expect_converted({"--calibrate", pixels, "--mean", "0,0,0,0", "--std", "255,255,255,255"});
  EXPECT_EQ(read("net.qfb"), one);
  std::filesystem::remove(output_);
  expect(1, {network_, "-o", output_, "--calibrate", pixels}, "say what pixels stand for with a mean");
  expect(1, {network_, "-o", output_, "--calibrate", pixels, "--mean", "0,0", "--std", "255"}, "2 means are given");
}

TEST_F(QconvertCalibrate, Reports) {
  expect_converted({"--calibrate", raw_, "--report", path("report.html"), "--report", path("report.json")});
  EXPECT_EQ(read("report.html").substr(0, 9), "<!DOCTYPE");
  EXPECT_NE(read("report.json").find("\"samples\":2"), std::string::npos);
  const Finished finished = qconvert({network_, "-o", output_, "--calibrate", raw_, "--report", path("report.html")});
  EXPECT_NE(finished.out.find("accuracy    Top-1 agrees with float on 2 of 2 samples"), std::string::npos)
      << finished.out;
  const Finished json = qconvert({network_, "-o", output_, "--calibrate", raw_, "--report", path("r.html"), "--json"});
  EXPECT_NE(json.out.find("\"accuracy\": \"Top-1 agrees"), std::string::npos) << json.out;
  const Finished optimized = qconvert({network_, "-o", output_, "--calibrate", raw_, "--optimize", "accuracy"});
  EXPECT_EQ(optimized.exit_status, 0);
  EXPECT_NE(optimized.err.find("qconvert: note: --optimize"), std::string::npos) << optimized.err;
  expect(1, {network_, "-o", output_, "--calibrate", raw_, "--report", path("missing/report.html")}, "missing");
  expect(2, {network_, "-o", path("net.json"), "--calibrate", raw_, "--report", path("net.json")},
         "is written already; give another path");
  expect(2, {network_, "-o", output_, "--calibrate", raw_, "--report", path("r.json"), "--report", path("r.json")},
         "r.json: is written already; give another path");
  expect(2, {network_, "-o", raw_, "--calibrate", raw_}, "holds the samples; give another path");
  expect(2, {network_, "-o", output_, "--calibrate", raw_, "--percentile", "99"},
         "--percentile: is for --range percentile");
}

TEST_F(QconvertCalibrate, DataThatAreWrong) {
  const auto calibrate = [&](const std::string& data) {
    return std::vector<std::string>{network_, "-o", output_, "--calibrate", data};
  };
  expect(1, calibrate(path("missing.npy")), "missing.npy: there is no such file");
  expect(1, calibrate(path("missing.bin")), "missing.bin: there is no such file");
  expect(1, calibrate(write("odd.bin", "12345")), "odd.bin: its 5 bytes are not whole samples of the input 'x'");
  expect(1, calibrate(write("empty.bin", "")), "empty.bin: it is empty");
  expect(1, calibrate(write("odd.npy", npy("<f4", "(1, 2)", bytes_of<float>({1, 2})))), "odd.npy: its shape is [1,2]");
  const std::string nan = bytes_of<float>({1, 2, 3, 4, 5, 6, std::nanf(""), 8});
  expect(1, calibrate(write("nan.bin", nan)), "nan.bin: sample 1: element 2 is nan");
  expect(1, calibrate(write("nan.npy", npy("<f4", "(2, 4)", nan))), "nan.npy: sample 1: element 2 is nan");
  std::filesystem::create_directory(path("images"));
  expect(1, calibrate(path("images")), path("images"));
  expect(1, {network_, "-o", output_, "--calibrate", raw_, raw_}, "2 files of samples are given");
}

TEST_F(QconvertCalibrate, AnOlderFileStaysWhereItFails) {
  write("net.qfb", "old");
  expect(1, {network_, "-o", output_, "--calibrate", path("missing.npy")}, "there is no such file");
  EXPECT_EQ(read("net.qfb"), "old");
}

TEST_F(QconvertCalibrate, FloatNetworksNeedIt) {
  expect(1, {network_, "-o", output_},
         "net.tflite: the network is not quantized: give samples of its inputs with "
         "--calibrate DATA");
}

TEST_F(QconvertCalibrate, QuantizedNetworksDoNot) {
  expect(1, {kDigits, "-o", output_, "--calibrate", raw_}, "it is quantized already; leave --calibrate out");
  TfliteBuilder file;  // of real inputs
  const int x = file.input("x", {1, 4}, {}, Type::FLOAT32);
  const int q = file.add(Code::QUANTIZE, {x}, "q", {1, 4}, {1, 0});
  file.output(file.add(Code::ABS, {q}, "y", {1, 4}, {1, 0}));
  expect(1, {write("edges.tflite", text(file.finish())), "-o", output_, "--calibrate", raw_},
         "it is quantized already; leave --calibrate out");
}

TEST_F(QconvertCalibrate, OptionsWithoutDataAreWrongUsage) {
  const std::vector<std::vector<std::string>> options = {
      {"--range", "mse"}, {"--percentile", "99"}, {"--weights", "per-tensor"}, {"--activations", "symmetric"},
      {"--mean", "0"},    {"--std", "255"},       {"--resize", "256"},         {"--fit", "crop"},
      {"--full-range"},   {"--equalize"},         {"--report", "r.html"},      {"--optimize", "accuracy"},
      {"--correct-bias"}};
  for (const std::vector<std::string>& option : options) {
    std::vector<std::string> arguments = {network_, "-o", output_};
    arguments.insert(arguments.end(), option.begin(), option.end());
    expect(2, arguments, option[0] + ": is about calibration; give --calibrate DATA too");
  }
}

TEST_F(QconvertCalibrate, ValuesThatDoNotExist) {
  const std::vector<std::vector<std::string>> options = {
      {"--range", "best"},    {"--percentile", "49"}, {"--percentile", "101"}, {"--weights", "none"},
      {"--activations", "x"}, {"--mean", "grey"},     {"--resize", "0"},       {"--fit", "pad"},
      {"--report", "r.txt"},  {"--optimize", "size"}};
  for (const std::vector<std::string>& option : options) {
    expect(2, {network_, "-o", output_, "--calibrate", raw_, option[0], option[1]}, option[0]);
  }
}

TEST_F(QconvertCalibrate, ShapesAndLayoutsAreOnnxs) {
  const std::string message = "--shape and --layout are for .onnx files";
  expect(2, {network_, "-o", output_, "--shape", "x=1,4", "--calibrate", raw_}, message);
  expect(2, {kDigits, "-o", output_, "--shape", "x=1,4"}, message);
  expect(2, {kDigits, "-o", output_, "--layout", "nhwc"}, message);
  expect(2, {kDigits, "-o", output_, "--layout", "nwhc"}, "--layout");
  for (const char* shape :
       {"x", "=1", "x=", "x=1,", "x=,1", "x=0", "x=-1", "x=1x", "x=1.5", "x=99999999999999999999"}) {
    expect(2, {kDigits, "-o", output_, "--shape", shape}, "must be NAME=1,3,224,224: an input's name and its extents");
  }
}

}  // namespace
}  // namespace qrun::test
