// Folders of images.

#include <gmock/gmock.h>

#include <array>

#include "tests/converter/calibrate/samples_support.h"

namespace qrun::converter::calibrate {
namespace {

using test::all_samples;
using test::RealGraph;
using test::Values;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;

SampleOptions pixels() { return {{0}, {1}}; }

class CalibrateImages : public testing::Test {
 protected:
  std::vector<Values> samples_of(const Shape& input, const SampleOptions& options) {
    RealGraph graph;
    graph.real_input(input);
    std::vector<Values> result;
    for (auto& inputs : all_samples({folder_.path()}, graph.graph, options)) result.push_back(std::move(inputs.at(0)));
    return result;
  }
  std::string refusal(const Shape& input, const SampleOptions& options) {
    RealGraph graph;
    graph.real_input(input);
    return test::sample_refusal(folder_, {folder_.path()}, graph.graph, options);
  }

  test::Folder folder_;
};

std::string ppm(int width, int height, const std::string& rgb) {
  return "P6\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n" + rgb;
}
std::string pgm(int width, int height, const std::string& gray) {
  return "P5 " + std::to_string(width) + " " + std::to_string(height) + " 255\n" + gray;
}

std::string big(std::uint32_t value) {
  std::string bytes = test::little(value, 4);
  return {bytes.rbegin(), bytes.rend()};
}

std::string png_chunk(const std::string& type, const std::string& data) {
  return big(static_cast<std::uint32_t>(data.size())) + type + data + big(test::crc(type + data));
}

// One row of 8-bit RGBA.
std::string png(std::uint32_t width, const std::string& rgba) {
  const std::string pixels = test::stored_block('\0' + rgba);
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", big(width) + big(1) + std::string{8, 6, 0, 0, 0}) +
         png_chunk("IDAT", "\x78\x01" + pixels + big(0)) + png_chunk("IEND", "");
}

// 8 x 8 pixels of gray 100, by libjpeg.
constexpr std::array<std::uint8_t, 159> kJpeg = {
    0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10, 0x4A, 0x46, 0x49, 0x46, 0x00, 0x01, 0x01, 0x00, 0x00, 0x01, 0x00, 0x01,
    0x00, 0x00, 0xFF, 0xDB, 0x00, 0x43, 0x00, 0x08, 0x06, 0x06, 0x07, 0x06, 0x05, 0x08, 0x07, 0x07, 0x07, 0x09,
    0x09, 0x08, 0x0A, 0x0C, 0x14, 0x0D, 0x0C, 0x0B, 0x0B, 0x0C, 0x19, 0x12, 0x13, 0x0F, 0x14, 0x1D, 0x1A, 0x1F,
    0x1E, 0x1D, 0x1A, 0x1C, 0x1C, 0x20, 0x24, 0x2E, 0x27, 0x20, 0x22, 0x2C, 0x23, 0x1C, 0x1C, 0x28, 0x37, 0x29,
    0x2C, 0x30, 0x31, 0x34, 0x34, 0x34, 0x1F, 0x27, 0x39, 0x3D, 0x38, 0x32, 0x3C, 0x2E, 0x33, 0x34, 0x32, 0xFF,
    0xC0, 0x00, 0x0B, 0x08, 0x00, 0x08, 0x00, 0x08, 0x01, 0x01, 0x11, 0x00, 0xFF, 0xC4, 0x00, 0x14, 0x00, 0x01,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0xFF, 0xC4,
    0x00, 0x14, 0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0xFF, 0xDA, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3F, 0x00, 0x0D, 0xFF, 0xD9};

TEST_F(CalibrateImages, EveryFormatInTheOrderOfPaths) {
  folder_.write("b/2.PPM", ppm(2, 1, "abcdef"));
  folder_.write("a.png", png(2, {1, 2, 3, 0, 4, 5, 6, 127}));
  folder_.write("b/1.pgm", pgm(2, 1, "xy"));
  folder_.write("b/notes.txt", "no image");
  EXPECT_THAT(samples_of({1, 1, 2, 3}, pixels()),
              ElementsAre(Values{1, 2, 3, 4, 5, 6}, Values{'x', 'x', 'x', 'y', 'y', 'y'},
                          Values{'a', 'b', 'c', 'd', 'e', 'f'}));
}

TEST_F(CalibrateImages, Jpeg) {
  folder_.write("a.jpg", {kJpeg.begin(), kJpeg.end()});
  const auto samples = samples_of({1, 8, 8, 1}, pixels());
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_THAT(samples[0], Each(FloatNear(100, 2)));
}

TEST_F(CalibrateImages, NormalizedPerChannelInTheInputsOrder) {
  folder_.write("a.ppm", ppm(2, 1, std::string{10, 20, 30, 40, 50, 60}));
  SampleOptions options{{10, 0, 20}, {1, 10, 5}};
  EXPECT_THAT(samples_of({1, 1, 2, 3}, options), ElementsAre(Values{0, 2, 2, 30, 5, 8}));
  options.channels_first = true;
  EXPECT_THAT(samples_of({1, 3, 1, 2}, options), ElementsAre(Values{0, 30, 2, 5, 2, 8}));
}

TEST_F(CalibrateImages, GrayOfColors) {
  folder_.write("a.ppm", ppm(1, 1, std::string{100, 100, 100}));
  EXPECT_THAT(samples_of({1, 1, 1, 1}, pixels()), ElementsAre(ElementsAre(FloatNear(100, 1))));
}

// The means of triangles, by hand: two pixels to four, and four to two.
TEST_F(CalibrateImages, Stretched) {
  folder_.write("a.pgm", pgm(2, 1, std::string{0, 100}));
  SampleOptions options = pixels();
  options.fit = Fit::kStretch;
  EXPECT_THAT(samples_of({1, 1, 4, 1}, options), ElementsAre(Values{0, 25, 75, 100}));
  folder_.write("a.pgm", pgm(4, 1, std::string{0, 70, 7, 14}));
  EXPECT_THAT(samples_of({1, 1, 2, 1}, options),
              ElementsAre(ElementsAre(FloatNear((3 * 0 + 3 * 70 + 7) / 7.0F, 1e-4F),
                                      FloatNear((70 + 3 * 7 + 3 * 14) / 7.0F, 1e-4F))));
  folder_.write("a.pgm", pgm(1, 2, std::string{0, 100}));
  EXPECT_THAT(samples_of({1, 4, 1, 1}, options), ElementsAre(Values{0, 25, 75, 100}));
}

TEST_F(CalibrateImages, Cropped) {
  folder_.write("a.pgm", pgm(6, 2, std::string{1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16}));
  EXPECT_THAT(samples_of({1, 2, 2, 1}, pixels()), ElementsAre(Values{3, 4, 13, 14}));
  // The shorter side becomes 4; the center is of twice the size.
  SampleOptions options = pixels();
  options.shorter_side = 4;
  folder_.write("a.pgm", pgm(4, 2, std::string{0, 40, 80, 120, 0, 40, 80, 120}));
  EXPECT_THAT(samples_of({1, 2, 2, 1}, options), ElementsAre(Values{50, 70, 50, 70}));
}

TEST_F(CalibrateImages, CroppingTakesOnlyWhatItNeeds) {
  folder_.write("a.pgm", pgm(1, 8000, std::string(8000, 'x')));
  const auto samples = samples_of({1, 224, 224, 1}, pixels());
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_THAT(samples[0], Each(FloatNear('x', 1e-3F)));
}

TEST_F(CalibrateImages, RefusesFilesThatAreNoImages) {
  EXPECT_THAT(refusal({1, 1, 1, 3}, pixels()), HasSubstr("it holds no .png, .jpg or .ppm images; give at least one"));
  folder_.write("a.png", "no image");
  EXPECT_THAT(refusal({1, 1, 1, 3}, pixels()), HasSubstr("a.png: it cannot be decoded as .png, .jpg or .ppm ("));
  folder_.write("a.png", "");
  EXPECT_EQ(refusal({1, 1, 1, 3}, pixels()), "a.png: it is empty; give at least one sample");
  const std::string whole = png(2, {1, 2, 3, 0, 4, 5, 6, 127});
  folder_.write("a.png", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(refusal({1, 1, 2, 3}, pixels()), HasSubstr("a.png: it cannot be decoded"));
  folder_.write("a.png", ppm(1, 0, "abc"));
  EXPECT_EQ(refusal({1, 1, 2, 3}, pixels()), "a.png: it has no pixels: 1 x 0");
}

// Whatever a byte says: a sample or a refusal.
TEST_F(CalibrateImages, SurvivesDamageAnywhere) {
  const std::string images[] = {png(2, {1, 2, 3, 0, 4, 5, 6, 127}), ppm(2, 1, "abcdef"), {kJpeg.begin(), kJpeg.end()}};
  for (const std::string& whole : images) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(~damaged[at]);
      folder_.write("a.png", damaged);
      refusal({1, 2, 2, 3}, pixels());
    }
  }
}

TEST_F(CalibrateImages, RefusesInputsThatAreNoImages) {
  folder_.write("a.ppm", ppm(1, 1, "abc"));
  EXPECT_EQ(refusal({1, 4, 4, 2}, pixels()),
            "images cannot be put in the input 'x0' of shape [1,4,4,2]; it must be [1,H,W,C], C being 1 or 3");
  EXPECT_THAT(refusal({4, 3}, pixels()), HasSubstr("cannot be put in"));
  EXPECT_THAT(refusal({2, 4, 4, 3}, pixels()), HasSubstr("cannot be put in"));
  EXPECT_THAT(refusal({1, 4, 4, 3}, {}), HasSubstr("say what pixels stand for"));
  SampleOptions options = pixels();
  options.shorter_side = 3;
  EXPECT_EQ(refusal({1, 4, 4, 3}, options), "the shorter side of 3 pixels is less than the input's 4 x 4");
  RealGraph two;
  two.real_input({1, 4, 4, 3});
  two.real_input({1});
  EXPECT_THAT(test::sample_refusal(folder_, {folder_.path()}, two.graph, pixels()),
              HasSubstr("images are for networks of one input; this one has 2: give a .npz"));
}

}  // namespace
}  // namespace qrun::converter::calibrate
