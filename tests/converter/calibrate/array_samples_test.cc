// .npy and raw files.

#include <gmock/gmock.h>

#include <limits>

#include "tests/converter/calibrate/samples_support.h"

namespace qrun::converter::calibrate {
namespace {

using test::all_samples;
using test::bytes_of;
using test::npy;
using test::RealGraph;
using test::Values;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class CalibrateArrays : public testing::Test {
 protected:
  CalibrateArrays() { graph_.real_input({1, 2}); }

  auto samples_of(const std::string& name, const std::string& bytes, const SampleOptions& options = {}) {
    return all_samples({folder_.write(name, bytes)}, graph_.graph, options);
  }
  std::string refusal(const std::string& name, const std::string& bytes, const SampleOptions& options = {}) {
    return test::sample_refusal(folder_, {folder_.write(name, bytes)}, graph_.graph, options);
  }

  test::Folder folder_;
  RealGraph graph_;
};

const std::string kFour = bytes_of<float>({1, 2, 3, 4});

auto two_samples() { return ElementsAre(ElementsAre(Values{1, 2}), ElementsAre(Values{3, 4})); }

TEST_F(CalibrateArrays, NpyWithAndWithoutTheBatch) {
  EXPECT_THAT(samples_of("a.npy", npy("<f4", "(2, 2)", kFour)), two_samples());
  EXPECT_THAT(samples_of("a.npy", npy("<f4", "(2, 1, 2)", kFour)), two_samples());
  EXPECT_THAT(samples_of("a.npy", npy("<f4", "(1, 2)", kFour.substr(8))), ElementsAre(ElementsAre(Values{3, 4})));
}

TEST_F(CalibrateArrays, NpyOfEveryVersionAndRealType) {
  EXPECT_THAT(samples_of("a.npy", npy("<f4", "(2, 2)", kFour, 2)), two_samples());
  EXPECT_THAT(samples_of("a.npy", npy("<f4", "(2, 2)", kFour, 3)), two_samples());
  EXPECT_THAT(samples_of("a.npy", npy("<f8", "(2, 2)", bytes_of<double>({1, 2, 3, 4}))), two_samples());
  EXPECT_THAT(samples_of("a.npy", npy("<f2", "(2, 2)", bytes_of<std::uint16_t>({0x3C00, 0x4000, 0x4200, 0x4400}))),
              two_samples());
}

TEST_F(CalibrateArrays, RawFiles) {
  EXPECT_THAT(samples_of("a.bin", kFour), two_samples());
  EXPECT_EQ(refusal("a.bin", kFour + "x"),
            "a.bin: its 17 bytes are not whole samples of the input 'x0': [1,2] of float32 take 8 bytes");
  EXPECT_EQ(refusal("a.bin", ""), "a.bin: it is empty; give at least one sample");
}

TEST_F(CalibrateArrays, BytesForBytes) {
  RealGraph bytes;
  bytes.input("x", {{1, 2}, 0.5F, 10, DType::kUInt8});
  const auto path = folder_.write("a.npy", npy("|u1", "(1, 2)", bytes_of<std::uint8_t>({0, 255})));
  EXPECT_THAT(all_samples({path}, bytes.graph), ElementsAre(ElementsAre(Values{-5, 122.5F})));
  const auto raw = folder_.write("a.raw", bytes_of<std::uint8_t>({0, 255}));
  EXPECT_THAT(all_samples({raw}, bytes.graph), ElementsAre(ElementsAre(Values{-5, 122.5F})));
  RealGraph signed_bytes;
  signed_bytes.input("x", {{1, 2}, 2, 0, DType::kInt8});
  EXPECT_THAT(all_samples({raw}, signed_bytes.graph), ElementsAre(ElementsAre(Values{0, -2})));
  EXPECT_EQ(test::sample_refusal(folder_, {path}, signed_bytes.graph),
            "a.npy: it holds uint8; the input 'x' takes int8");
}

TEST_F(CalibrateArrays, PixelsForRealsNeedAScale) {
  const std::string pixels = npy("|u1", "(1, 2)", bytes_of<std::uint8_t>({0, 255}));
  EXPECT_THAT(samples_of("a.npy", pixels, {{0}, {255}}), ElementsAre(ElementsAre(Values{0, 1})));
  EXPECT_THAT(samples_of("a.npy", pixels, {{128, 55}, {64, 100}}), ElementsAre(ElementsAre(Values{-2, 2})));
  EXPECT_EQ(refusal("a.npy", pixels),
            "a.npy: the input 'x0' is float32: say what pixels stand for with a mean and a deviation (0 and 255 for "
            "0..1)");
  EXPECT_EQ(refusal("a.npy", pixels, {{0, 0, 0}, {1}}),
            "a.npy: 3 means are given for 2 channels; give one, or one per channel");
  EXPECT_THAT(refusal("a.npy", pixels, {{0}, {0}}), HasSubstr("deviations are above 0"));
  EXPECT_EQ(refusal("a.npy", npy("|i1", "(1, 2)", "ab"), {{0}, {1}}),
            "a.npy: it holds int8; the input 'x0' takes float32");
}

TEST_F(CalibrateArrays, RefusesNumbersThatAreNotFinite) {
  EXPECT_EQ(refusal("a.npy", npy("<f4", "(2, 2)", bytes_of<float>({1, 2, 3, kNan}))),
            "a.npy: sample 1: element 1 is nan, no finite float32; remove the sample, or mend what made it");
  EXPECT_THAT(refusal("a.bin", bytes_of<float>({kInfinity, 2})), HasSubstr("a.bin: sample 0: element 0 is inf"));
  EXPECT_THAT(refusal("a.npy", npy("<f8", "(1, 2)", bytes_of<double>({1, 1e300}))), HasSubstr("element 1 is inf"));
}

TEST_F(CalibrateArrays, RefusesOtherShapes) {
  EXPECT_EQ(
      refusal("a.npy", npy("<f4", "(4, 1)", kFour)),
      "a.npy: its shape is [4,1]; the input 'x0' takes [1,2], with the number of samples in front or instead of a "
      "batch of 1");
  EXPECT_THAT(refusal("a.npy", npy("<f4", "(4,)", kFour)), HasSubstr("its shape is [4]"));
  EXPECT_THAT(refusal("a.npy", npy("<f4", "()", kFour.substr(12))), HasSubstr("its shape is []"));
  EXPECT_EQ(refusal("a.npy", npy("<f4", "(0, 2)", "")), "a.npy: it holds no samples; give at least one");
}

TEST_F(CalibrateArrays, RefusesOtherFormats) {
  EXPECT_EQ(refusal("a.npy", npy("<f4", "(2, 2)", kFour, 1, "True")),
            "a.npy: it is in Fortran order; save numpy.ascontiguousarray of it");
  EXPECT_THAT(refusal("a.npy", npy(">f4", "(2, 2)", kFour)), HasSubstr("a.npy: its type is '>f4'; little-endian"));
  EXPECT_THAT(refusal("a.npy", npy("<i8", "(1, 2)", kFour)), HasSubstr("its type is '<i8'"));
  EXPECT_THAT(refusal("a.npy", npy("<f4", "(2, 2)", kFour, 4)), HasSubstr("version 4 is not supported"));
  EXPECT_THAT(refusal("a.npy", "PK" + kFour), HasSubstr("not in numpy's .npy format"));
  EXPECT_THAT(refusal("a.npy", npy("<f4", "(18446744073709551615, 2)", kFour)), HasSubstr("larger than any file"));
  EXPECT_THAT(refusal("a.npy", npy("<f4", "(x, 2)", kFour)), HasSubstr("shape cannot be read"));
  std::string record = npy("<f4", "(2, 2)", kFour);
  record.replace(record.find("'<f4'"), 5, "[<f4]");
  EXPECT_THAT(refusal("a.npy", record), HasSubstr("record array"));
}

TEST_F(CalibrateArrays, RefusesTruncationAnywhere) {
  const std::string whole = npy("<f4", "(2, 2)", kFour);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal("a.npy", whole.substr(0, size)), "nothing refused") << size;
  }
  EXPECT_EQ(refusal("a.npy", whole.substr(0, whole.size() - 1)),
            "a.npy: its header says 16 bytes of elements, but 15 follow; it is truncated");
  EXPECT_THAT(refusal("a.npy", whole + "x"), HasSubstr("longer than one array"));
}

TEST_F(CalibrateArrays, RefusesMissingFilesAndWrongNumbersOfThem) {
  EXPECT_EQ(test::sample_refusal(folder_, {folder_.path() / "none.npy"}, graph_.graph),
            "none.npy: there is no such file");
  const auto file = folder_.write("a.bin", kFour);
  EXPECT_EQ(test::sample_refusal(folder_, {file, file}, graph_.graph),
            "2 files of samples are given; the network has 1 inputs ('x0'): give one file for each, or one .npz");
  EXPECT_THAT(test::sample_refusal(folder_, {}, graph_.graph), HasSubstr("0 files of samples are given"));
}

TEST_F(CalibrateArrays, OneFileForEachInput) {
  graph_.real_input({3});
  const auto a = folder_.write("a.bin", kFour),
             b = folder_.write("b.npy", npy("<f4", "(2, 3)", kFour + kFour.substr(8)));
  EXPECT_THAT(all_samples({a, b}, graph_.graph),
              ElementsAre(ElementsAre(Values{1, 2}, Values{1, 2, 3}), ElementsAre(Values{3, 4}, Values{4, 3, 4})));
  const auto c = folder_.write("c.npy", npy("<f4", "(1, 3)", kFour.substr(4)));
  EXPECT_EQ(test::sample_refusal(folder_, {a, c}, graph_.graph),
            "c.npy: it holds 1 samples, and 'a.bin' 2; each input needs as many");
}

TEST_F(CalibrateArrays, InputsOfSeveralImages) {
  RealGraph batches;
  batches.real_input({2, 1});
  EXPECT_THAT(all_samples({folder_.write("a.npy", npy("<f4", "(4, 1)", kFour))}, batches.graph), two_samples());
  EXPECT_THAT(all_samples({folder_.write("a.npy", npy("<f4", "(2, 2, 1)", kFour))}, batches.graph), two_samples());
  EXPECT_THAT(
      test::sample_refusal(folder_, {folder_.write("a.npy", npy("<f4", "(3, 1)", kFour.substr(4)))}, batches.graph),
      HasSubstr("its shape is [3,1]"));
}

}  // namespace
}  // namespace qrun::converter::calibrate
