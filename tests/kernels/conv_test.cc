// Every convolution and depthwise kernel of every row against one naive convolution over 64-bit sums, on random
// geometry: groups, dilation, padding, weight zero points, uint8 weights, remainders of every blocking.

#include <algorithm>
#include <functional>
#include <string>

#include "kernels/bounds.h"
#include "tests/kernels/guarded_buffer.h"
#include "tests/kernels/naive.h"
#include "tests/kernels/row_test.h"

namespace qrun::kernels::testing {
namespace {

// A convolution in the int8 domain with its data.
struct Problem {
  ConvParams params;
  std::vector<std::int8_t> x;
  std::vector<std::uint8_t> weights;
  std::uint8_t weights_flip;
  std::vector<std::int32_t> bias;  // empty: absent
  std::vector<Rescale> rescale;
};

std::int32_t outputs(std::int32_t input, std::int32_t kernel, std::int32_t dilation, std::int32_t stride,
                     std::int32_t pads) {
  return (input + pads - (kernel - 1) * dilation - 1) / stride + 1;
}

// One axis of random geometry: a window that fits, each of whose positions touches the image.
void random_axis(Random& random, std::int32_t largest, std::int32_t& input, std::int32_t& output, std::int32_t& kernel,
                 std::int32_t& stride, std::int32_t& dilation, std::int32_t& pad) {
  kernel = random.one_in(3) ? 1 : random.between(1, 5);
  dilation = random.one_in(4) ? random.between(1, 3) : 1;
  stride = random.one_in(2) ? 1 : random.between(1, 3);
  const std::int32_t extent = (kernel - 1) * dilation + 1;
  pad = random.between(0, extent - 1);
  const std::int32_t pad_after = random.between(0, extent - 1);
  input = random.between(std::max(1, extent - pad - pad_after), std::max(largest, extent));
  output = outputs(input, kernel, dilation, stride, pad + pad_after);
}

ConvParams random_geometry(Random& random) {
  ConvParams p = {};
  p.batch = random.between(1, 3);
  random_axis(random, 9, p.input_height, p.output_height, p.kernel_height, p.stride_height, p.dilation_height,
              p.pad_top);
  random_axis(random, 9, p.input_width, p.output_width, p.kernel_width, p.stride_width, p.dilation_width, p.pad_left);
  return p;
}

// Weights, bias, zero points and rescales for a geometry.
Problem random_problem(ConvParams p, std::int32_t weights_per_channel, Random& random) {
  p.input_zero_point = random.zero_point();
  p.output_zero_point = random.zero_point();
  p.weight_zero_point = random.one_in(3) ? random.zero_point() : 0;
  p.clamp = random.clamp();
  Problem problem = {};
  problem.params = p;
  problem.x = random.values(static_cast<std::size_t>(p.batch * p.input_height * p.input_width * p.input_channels));
  problem.weights_flip = random.one_in(3) ? 0x80 : 0;
  problem.weights = bytes_of(random.values(static_cast<std::size_t>(p.output_channels * weights_per_channel)));
  const std::int32_t reach = weights_per_channel * 255 * (p.weight_zero_point == 0 ? 128 : 255);
  if (!random.one_in(4)) {
    for (std::int32_t c = 0; c < p.output_channels; ++c) problem.bias.push_back(random.between(-reach / 2, reach / 2));
  }
  // Sums of random products stay far below their bound: aim the outputs at what they are likely to be.
  const std::int32_t likely = random.one_in(4) ? 2 * reach : std::max(1, reach / random.between(1, 16));
  const std::int32_t count = random.one_in(3) ? 1 : p.output_channels;
  for (std::int32_t i = 0; i < count; ++i) problem.rescale.push_back(random.rescale(likely));
  return problem;
}

// weight(o, ky, kx, k): the index of input channel k of output channel o's group.
using WeightIndex = std::function<std::int32_t(std::int32_t, std::int32_t, std::int32_t, std::int32_t)>;

std::vector<std::int8_t> naive_conv(const Problem& problem, std::int32_t groups, const WeightIndex& weight_index) {
  const ConvParams& p = problem.params;
  const auto x_at = [&](std::int32_t n, std::int32_t y, std::int32_t x, std::int32_t c) -> std::int64_t {
    if (y < 0 || y >= p.input_height || x < 0 || x >= p.input_width) return p.input_zero_point;
    return problem.x[static_cast<std::size_t>(((n * p.input_height + y) * p.input_width + x) * p.input_channels + c)];
  };
  const auto weight_at = [&](std::int32_t o, std::int32_t ky, std::int32_t kx, std::int32_t k) -> std::int64_t {
    const std::uint8_t byte = problem.weights[static_cast<std::size_t>(weight_index(o, ky, kx, k))];
    return problem.weights_flip != 0 ? std::int64_t{byte} - 128 : std::int64_t{static_cast<std::int8_t>(byte)};
  };
  const std::int32_t depth = p.input_channels / groups;
  std::vector<std::int8_t> result;
  for (std::int32_t n = 0; n < p.batch; ++n) {
    for (std::int32_t oy = 0; oy < p.output_height; ++oy) {
      for (std::int32_t ox = 0; ox < p.output_width; ++ox) {
        for (std::int32_t o = 0; o < p.output_channels; ++o) {
          const auto channel = static_cast<std::size_t>(o);
          const std::int32_t group = o * groups / p.output_channels;
          std::int64_t sum = problem.bias.empty() ? 0 : problem.bias[channel];
          for (std::int32_t k = 0; k < depth; ++k) {
            for (std::int32_t ky = 0; ky < p.kernel_height; ++ky) {
              for (std::int32_t kx = 0; kx < p.kernel_width; ++kx) {
                const std::int64_t a =
                    x_at(n, oy * p.stride_height + ky * p.dilation_height - p.pad_top,
                         ox * p.stride_width + kx * p.dilation_width - p.pad_left, group * depth + k);
                sum += (a - p.input_zero_point) * (weight_at(o, ky, kx, k) - p.weight_zero_point);
              }
            }
          }
          const Rescale rescale = problem.rescale[problem.rescale.size() == 1 ? 0 : channel];
          result.push_back(naive_output(naive_apply(rescale, sum), p.output_zero_point, p.clamp));
        }
      }
    }
  }
  return result;
}

// What loading computes for every channel, and whether it would load the problem.
bool prove(const Problem& problem, const WeightIndex& weight_index, std::int32_t depth,
           std::vector<std::uint32_t>& accumulator_bounds) {
  const ConvParams& p = problem.params;
  for (std::int32_t o = 0; o < p.output_channels; ++o) {
    std::int64_t sum = 0;
    for (std::int32_t i = 0; i < p.kernel_height * p.kernel_width * depth; ++i) {
      const std::int32_t tap = i / depth;
      const std::int32_t index = weight_index(o, tap / p.kernel_width, tap % p.kernel_width, i % depth);
      sum += sum_abs_weights(&problem.weights[static_cast<std::size_t>(index)], 1, 1, problem.weights_flip,
                             p.weight_zero_point);
    }
    const auto channel = static_cast<std::size_t>(o);
    const ChannelBound bound =
        channel_bound(sum, problem.bias.empty() ? 0 : problem.bias[channel], -128, 127, p.input_zero_point,
                      problem.rescale[problem.rescale.size() == 1 ? 0 : channel], p.output_zero_point);
    if (!bound.proved) return false;
    accumulator_bounds.push_back(static_cast<std::uint32_t>(bound.accumulator));
  }
  return true;
}

class ConvTest : public RowTest {
 protected:
  // Compares every candidate that accepts the problem with `expected`.
  static void expect_all(const ConvKernel* const (&candidates)[kMaxCandidates], const Problem& problem,
                         const std::vector<std::uint32_t>& bounds, const std::vector<std::int8_t>& expected,
                         Random& random) {
    ConvParams params = problem.params;
    params.input_zero_point += domain_offset();
    params.output_zero_point += domain_offset();
    params.clamp = stored(params.clamp);
    const ConvConstants constants = {problem.weights.data(),
                                     problem.weights_flip,
                                     problem.bias.empty() ? nullptr : problem.bias.data(),
                                     problem.rescale.data(),
                                     static_cast<std::int32_t>(problem.rescale.size()),
                                     bounds.data()};
    int accepting = 0;
    for (const ConvKernel* kernel : candidates) {
      if (kernel == nullptr || !kernel->accepts(params, constants)) continue;
      ++accepting;
      SCOPED_TRACE(kernel->name);
      GuardedBuffer packed(kernel->packed_bytes(params, constants), kPackedAlignment);
      kernel->pack(params, constants, packed.data());
      EXPECT_TRUE(packed.surroundings_intact()) << "written outside the packed constants";
      const Call call = {kernel->run,
                         &params,
                         kernel->units(params).count,
                         {stored(problem.x)},
                         {packed.bytes().begin(), packed.bytes().end()},
                         kernel->scratch_bytes(params),
                         unwritten(expected.size())};
      EXPECT_EQ(loaded(run(call, random)), expected);
    }
    EXPECT_GT(accepting, 0) << "no candidate accepts the convolution";
  }

  static void expect_conv(const Problem& problem, Random& random) {
    const ConvParams& p = problem.params;
    const std::int32_t depth = p.input_channels / p.groups;
    const WeightIndex index = [&](std::int32_t o, std::int32_t ky, std::int32_t kx, std::int32_t k) {
      return ((o * p.kernel_height + ky) * p.kernel_width + kx) * depth + k;
    };
    std::vector<std::uint32_t> bounds;
    ASSERT_TRUE(prove(problem, index, depth, bounds)) << "the test's own problem would not load";
    expect_all(row().conv, problem, bounds, naive_conv(problem, p.groups, index), random);
  }

  static void expect_depthwise(const Problem& problem, Random& random) {
    const ConvParams& p = problem.params;
    const WeightIndex index = [&](std::int32_t o, std::int32_t ky, std::int32_t kx, std::int32_t) {
      return (ky * p.kernel_width + kx) * p.output_channels + o;
    };
    std::vector<std::uint32_t> bounds;
    ASSERT_TRUE(prove(problem, index, 1, bounds)) << "the test's own problem would not load";
    expect_all(row().depthwise, problem, bounds, naive_conv(problem, p.input_channels, index), random);
  }
};

TEST_P(ConvTest, RandomConvolutions) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    ConvParams p = random_geometry(random);
    p.groups = random.one_in(3) ? random.between(1, 4) : 1;
    p.input_channels = p.groups * random.between(1, 24);
    p.output_channels = p.groups * random.between(1, 24);
    expect_conv(random_problem(p, p.kernel_height * p.kernel_width * p.input_channels / p.groups, random), random);
  }
}

// Fully connected layers and pointwise convolutions: one tap, long rows, many pixels.
TEST_P(ConvTest, RandomPointwise) {
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    ConvParams p = {};
    p.batch = random.between(1, 40);
    p.groups = p.kernel_height = p.kernel_width = p.stride_height = p.stride_width = 1;
    p.dilation_height = p.dilation_width = p.input_height = p.output_height = 1;
    p.input_width = p.output_width = random.one_in(2) ? 1 : random.between(1, 20);
    p.input_channels = random.between(1, 150);
    p.output_channels = random.between(1, 70);
    expect_conv(random_problem(p, p.input_channels, random), random);
  }
}

TEST_P(ConvTest, RandomDepthwise) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    ConvParams p = random_geometry(random);
    p.groups = 1;
    p.input_channels = random.between(1, 50);
    p.output_channels = p.input_channels * (random.one_in(3) ? random.between(2, 4) : 1);
    expect_depthwise(random_problem(p, p.kernel_height * p.kernel_width, random), random);
  }
}

// A sum that reaches the certificate's limit on both sides: 255 * 255 * 33025 + bias = 2^31 - 1.
TEST_P(ConvTest, AccumulatorAtTheEdgeOfInt32) {
  constexpr std::int32_t kDepth = 33025;
  for (const std::int32_t sign : {1, -1}) {
    Random random(1);
    ConvParams p = {};
    p.batch = p.input_height = p.input_width = p.output_height = p.output_width = p.output_channels = 1;
    p.kernel_height = p.kernel_width = p.stride_height = p.stride_width = p.dilation_height = p.dilation_width = 1;
    p.groups = 1;
    p.input_channels = kDepth;
    p.input_zero_point = -128;
    p.weight_zero_point = sign > 0 ? -128 : 127;
    p.clamp = {-128, 127};
    Problem problem = {};
    problem.params = p;
    problem.x.assign(kDepth, 127);
    problem.weights.assign(kDepth, sign > 0 ? 0x7F : 0x80);
    problem.weights_flip = 0;
    problem.bias = {sign * static_cast<std::int32_t>(kInt32Max - std::int64_t{255} * 255 * kDepth)};
    problem.rescale = {{kInt32Max, -24}};
    expect_conv(problem, random);
  }
}

QRUN_TEST_EVERY_ROW(ConvTest);

}  // namespace
}  // namespace qrun::kernels::testing
