// .npz files.

#include <gmock/gmock.h>

#include "tests/converter/calibrate/samples_support.h"

namespace qrun::converter::calibrate {
namespace {

using test::all_samples;
using test::bytes_of;
using test::Member;
using test::npy;
using test::RealGraph;
using test::Values;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CalibrateNpz : public testing::Test {
 protected:
  CalibrateNpz() { graph_.real_input({1, 2}); }

  auto samples_of(const std::string& bytes) { return all_samples({folder_.write("a.npz", bytes)}, graph_.graph); }
  std::string refusal(const std::string& bytes) {
    return test::sample_refusal(folder_, {folder_.write("a.npz", bytes)}, graph_.graph);
  }

  test::Folder folder_;
  RealGraph graph_;
};

const std::string kArray = npy("<f4", "(2, 2)", bytes_of<float>({1, 2, 3, 4}));

auto two_samples() { return ElementsAre(ElementsAre(Values{1, 2}), ElementsAre(Values{3, 4})); }

TEST_F(CalibrateNpz, StoredAndDeflated) {
  EXPECT_THAT(samples_of(test::zip({{"x0.npy", kArray}})), two_samples());
  EXPECT_THAT(samples_of(test::zip({{"x0.npy", kArray}}, /*wide=*/true)), two_samples());
  EXPECT_THAT(samples_of(test::zip({{"x0.npy", kArray, 8, test::stored_block(kArray)}})), two_samples());
}

// zlib's output for a [3, 40] array of 0 to 6 again and again: fixed codes and long matches.
TEST_F(CalibrateNpz, DeflatedByZlib) {
  const std::vector<std::uint8_t> packed = {
      0x9B, 0xEC, 0x17, 0xEA, 0x1B, 0x10, 0xC9, 0xC8, 0xE0, 0xC4, 0x50, 0xAD, 0x9E, 0x92, 0x5A, 0x9C, 0x5C, 0xA4, 0x6E,
      0xA5, 0xA0, 0x6E, 0x93, 0x66, 0xA2, 0xAE, 0xA3, 0xA0, 0x9E, 0x96, 0x5F, 0x54, 0x52, 0x94, 0x98, 0x17, 0x9F, 0x5F,
      0x94, 0x92, 0x0A, 0x12, 0x77, 0x4B, 0xCC, 0x29, 0x4E, 0x05, 0x8A, 0x17, 0x67, 0x24, 0x16, 0xA4, 0x02, 0xF9, 0x1A,
      0xC6, 0x3A, 0x0A, 0x26, 0x06, 0x9A, 0x3A, 0x0A, 0xB5, 0x0A, 0x20, 0xC0, 0xC5, 0x00, 0x06, 0x0D, 0xF6, 0x40, 0xC2,
      0x01, 0x88, 0x80, 0xB8, 0x01, 0x88, 0x17, 0x00, 0xF1, 0x01, 0x87, 0x51, 0xB9, 0xA1, 0x2F, 0x07, 0x00};
  std::vector<float> values;
  for (int i = 0; i < 120; ++i) values.push_back(static_cast<float>(i % 7));
  const std::string array = npy("<f4", "(3, 40)", bytes_of(values));
  RealGraph graph;
  graph.real_input({1, 40});
  const auto path = folder_.write("a.npz", test::zip({{"x.npy", array, 8, bytes_of(packed)}}));
  const auto samples = all_samples({path}, graph.graph);
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[2][0], Values(values.begin() + 80, values.end()));
}

TEST_F(CalibrateNpz, ArraysByNameOrTheOnlyOne) {
  EXPECT_THAT(samples_of(test::zip({{"arr_0.npy", kArray}})), two_samples());
  EXPECT_THAT(samples_of(test::zip({{"labels.npy", "what else"}, {"x0.npy", kArray}})), two_samples());
  EXPECT_EQ(refusal(test::zip({{"a.npy", kArray}, {"b.npy", kArray}})),
            "a.npz: it holds no array 'x0', which an input is called; it holds: a, b");
  EXPECT_THAT(refusal(test::zip({})), HasSubstr("it holds: nothing"));
}

TEST_F(CalibrateNpz, AnArrayForEachInput) {
  graph_.real_input({1});
  const std::string other = npy("<f4", "(2, 1)", bytes_of<float>({-1, -2}));
  EXPECT_THAT(samples_of(test::zip({{"x1.npy", other}, {"x0.npy", kArray}})),
              ElementsAre(ElementsAre(Values{1, 2}, Values{-1}), ElementsAre(Values{3, 4}, Values{-2})));
  EXPECT_THAT(refusal(test::zip({{"x0.npy", kArray}})), HasSubstr("it holds no array 'x1'"));
  const std::string one = npy("<f4", "(1, 1)", bytes_of<float>({-1}));
  EXPECT_EQ(refusal(test::zip({{"x1.npy", one}, {"x0.npy", kArray}})),
            "a.npz:x1: it holds 1 samples, and 'a.npz:x0' 2; each input needs as many");
}

TEST_F(CalibrateNpz, RefusesWhatItCannotRead) {
  EXPECT_EQ(refusal(kArray), "a.npz: it is not in numpy's .npz format, or truncated; save it with numpy.savez");
  EXPECT_THAT(refusal(test::zip({{"x0.npy", kArray, 12}})), HasSubstr("a.npz:x0: its compression, method 12"));
  EXPECT_EQ(refusal(test::zip({{"x0.npy", kArray, 0, kArray, 1}})), "a.npz:x0: it is encrypted");
  EXPECT_THAT(refusal(test::zip({{"x0.npy", kArray.substr(0, kArray.size() - 1)}})),
              HasSubstr("a.npz:x0: its header says 16 bytes of elements, but 15 follow"));
  const std::string packed = test::stored_block(kArray);
  EXPECT_EQ(refusal(test::zip({{"x0.npy", kArray, 8, packed, 0, 7}})),
            "a.npz:x0: its checksum is wrong; the file is damaged");
  EXPECT_EQ(refusal(test::zip({{"x0.npy", kArray, 8, packed.substr(0, packed.size() - 20)}})),
            "a.npz:x0: its deflated data are damaged");
  EXPECT_EQ(refusal(test::zip({{"x0.npy", std::string(1 << 20, 'x'), 8, packed}})),
            "a.npz:x0: its deflated data are damaged");
  EXPECT_EQ(refusal(test::zip({{"x0.npy", kArray + "x", 8, packed}})), "a.npz:x0: its deflated data are damaged");
}

TEST_F(CalibrateNpz, RefusesTruncationAndDamageAnywhere) {
  for (const bool wide : {false, true}) {
    const std::string whole = test::zip({{"x0.npy", kArray, 8, test::stored_block(kArray)}}, wide);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_NE(refusal(whole.substr(0, size)), "nothing refused") << size;
    }
    // Whatever a byte says: samples or a refusal.
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(~damaged[at]);
      refusal(damaged);
    }
  }
}

}  // namespace
}  // namespace qrun::converter::calibrate
