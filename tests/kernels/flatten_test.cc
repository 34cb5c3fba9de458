// flatten(): the same bytes, with the work along the width; parameters that have nothing to flatten stay as they are.

#include "kernels/conv/flatten.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "runtime/aligned_buffer.h"
#include "tests/kernels/random.h"

namespace qrun::kernels::testing {
namespace {

// What the reference makes of the parameters, with data that depends on the seed alone.
std::vector<std::uint8_t> run(const ConvKernel& kernel, const ConvParams& params, std::uint32_t seed) {
  Random random(seed);
  const auto draw = [&random](std::size_t count) {
    std::vector<std::uint8_t> bytes(count);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.between(0, 255));
    return bytes;
  };
  const auto channels = static_cast<std::size_t>(params.output_channels);
  const auto taps = static_cast<std::size_t>(params.kernel_height * params.kernel_width);
  const std::vector<std::uint8_t> input = draw(static_cast<std::size_t>(params.batch * params.input_height) *
                                               static_cast<std::size_t>(params.input_width * params.input_channels));
  const std::vector<std::uint8_t> weights = draw(channels * taps * static_cast<std::size_t>(params.input_channels));
  const std::vector<Rescale> rescales(channels, Rescale{1 << 30, -8});
  const std::vector<std::uint32_t> bounds(channels, 1u << 24);
  const ConvConstants constants = {weights.data(), 0, nullptr, rescales.data(), params.output_channels, bounds.data()};
  runtime::AlignedBuffer packed = runtime::AlignedBuffer::allocate(kernel.packed_bytes(params, constants));
  kernel.pack(params, constants, packed.data());
  std::vector<std::uint8_t> output(static_cast<std::size_t>(pixel_count(params)) * channels);
  kernel.run(&params, {{input.data(), nullptr}, output.data(), packed.data(), nullptr},
             {0, kernel.units(params).count});
  return output;
}

ConvParams signal(Random& random) {
  ConvParams p = {};
  p.batch = random.between(1, 3);
  p.input_height = random.between(1, 20);
  p.input_width = p.output_width = p.kernel_width = 1;
  p.input_channels = p.output_channels = random.between(2, 5);
  p.stride_height = random.between(1, 3);
  p.stride_width = random.between(1, 3);
  p.dilation_height = random.between(1, 2);
  p.dilation_width = random.between(1, 3);
  p.kernel_height = random.between(1, 4);
  p.pad_top = random.between(0, 2);
  p.output_height = random.between(1, 6);
  p.groups = 1;
  p.input_zero_point = random.between(0, 255);
  p.output_zero_point = 100;
  p.clamp = {0, 255};
  return p;
}

TEST(Flatten, SignalsGiveTheSameBytes) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    const ConvParams p = signal(random);
    const ConvParams flat = flatten(p);
    EXPECT_EQ(flat.input_height, 1);
    const Row& row = reference_row(Domain::kUInt8);
    ASSERT_EQ(run(*row.conv[0], flat, seed), run(*row.conv[0], p, seed)) << "seed " << seed;
    ASSERT_EQ(run(*row.depthwise[0], flat, seed), run(*row.depthwise[0], p, seed)) << "seed " << seed;
  }
}

TEST(Flatten, PointwisePixelsLieInOneRow) {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    ConvParams p = signal(random);
    p.kernel_height = p.stride_height = p.stride_width = 1;
    p.pad_top = 0;
    p.input_width = p.output_width = random.between(1, 7);
    p.output_height = p.input_height;
    const ConvParams flat = flatten(p);
    EXPECT_EQ(flat.output_width, p.batch * p.input_height * p.input_width);
    const Row& row = reference_row(Domain::kUInt8);
    ASSERT_EQ(run(*row.conv[0], flat, seed), run(*row.conv[0], p, seed)) << "seed " << seed;
  }
}

TEST(Flatten, ImagesStayAsTheyAre) {
  Random random(1);
  ConvParams p = signal(random);
  p.kernel_height = 3;
  p.input_width = 4;
  EXPECT_EQ(flatten(p).input_height, p.input_height);
  EXPECT_EQ(flatten(p).input_width, 4);
  // A column that the kernel reaches beyond.
  p.input_width = 1;
  p.kernel_width = 3;
  p.pad_left = 1;
  EXPECT_EQ(flatten(p).kernel_width, 3);
}

}  // namespace
}  // namespace qrun::kernels::testing
