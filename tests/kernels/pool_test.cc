// Pools of every row against naive ones that collect each window's values first.

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>

#include "tests/kernels/naive.h"
#include "tests/kernels/row_test.h"

namespace qrun::kernels::testing {
namespace {

using Summary = std::function<std::int64_t(const std::vector<std::int64_t>&)>;

void random_axis(Random& random, std::int32_t& input, std::int32_t& output, std::int32_t& kernel, std::int32_t& stride,
                 std::int32_t& pad) {
  kernel = random.between(1, 7);
  stride = random.between(1, 4);
  pad = random.between(0, kernel - 1);
  const std::int32_t pad_after = random.between(0, kernel - 1);
  input = random.between(std::max(1, kernel - pad - pad_after), std::max(10, kernel));
  output = (input + pad + pad_after - kernel) / stride + 1;
}

PoolParams random_params(Random& random) {
  PoolParams p = {};
  p.batch = random.between(1, 3);
  p.channels = random.between(1, 70);
  random_axis(random, p.input_height, p.output_height, p.kernel_height, p.stride_height, p.pad_top);
  random_axis(random, p.input_width, p.output_width, p.kernel_width, p.stride_width, p.pad_left);
  p.origin = random.one_in(2) ? 0 : -128;  // an int8 file's, a uint8 file's
  p.clamp = random.clamp();
  return p;
}

std::vector<std::int8_t> naive_pool(const PoolParams& p, const std::vector<std::int8_t>& x, const Summary& summary) {
  std::vector<std::int8_t> y;
  const std::int32_t outputs = p.batch * p.output_height * p.output_width * p.channels;
  for (std::int32_t i = 0; i < outputs; ++i) {
    const std::int32_t c = i % p.channels;
    const std::int32_t ox = i / p.channels % p.output_width;
    const std::int32_t oy = i / p.channels / p.output_width % p.output_height;
    const std::int32_t n = i / p.channels / p.output_width / p.output_height;
    std::vector<std::int64_t> window;
    for (std::int32_t iy = 0; iy < p.input_height; ++iy) {
      for (std::int32_t ix = 0; ix < p.input_width; ++ix) {
        const std::int32_t ky = iy - (oy * p.stride_height - p.pad_top);
        const std::int32_t kx = ix - (ox * p.stride_width - p.pad_left);
        if (ky < 0 || ky >= p.kernel_height || kx < 0 || kx >= p.kernel_width) continue;
        window.push_back(
            x[static_cast<std::size_t>(((n * p.input_height + iy) * p.input_width + ix) * p.channels + c)]);
      }
    }
    y.push_back(naive_output(summary(window), 0, p.clamp));
  }
  return y;
}

class PoolTest : public RowTest {
 protected:
  static void expect(KernelFunction kernel, PoolParams p, const std::vector<std::int8_t>& x, const Summary& summary,
                     Random& random) {
    const std::vector<std::int8_t> expected = naive_pool(p, x, summary);
    p.origin += domain_offset();
    p.clamp = stored(p.clamp);
    const Call call = {
        kernel, &p, p.batch * p.output_height * p.output_width, {stored(x)}, {}, 0, unwritten(expected.size())};
    EXPECT_EQ(loaded(run(call, random)), expected);
  }

  static std::vector<std::int8_t> random_input(const PoolParams& p, Random& random) {
    return random.values(static_cast<std::size_t>(p.batch * p.input_height * p.input_width * p.channels));
  }
};

Summary average_from(std::int64_t origin) {
  return [origin](const std::vector<std::int64_t>& window) {
    const auto count = static_cast<std::int64_t>(window.size());
    const std::int64_t sum = std::accumulate(window.begin(), window.end(), std::int64_t{0}) - count * origin;
    return divide_half_away(sum, count) + origin;
  };
}

TEST_P(PoolTest, Average) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const PoolParams p = random_params(random);
    expect(row().average_pool, p, random_input(p, random), average_from(p.origin), random);
  }
}

// -3/2 and 3/2 round away from the file's zero, wherever the domain keeps it.
TEST_P(PoolTest, AverageHalvesRoundAwayFromTheOrigin) {
  PoolParams p = {};
  p.batch = p.input_height = p.output_height = p.output_width = p.kernel_height = 1;
  p.stride_height = p.stride_width = 1;
  p.input_width = p.kernel_width = 2;
  p.channels = 2;
  p.clamp = {-128, 127};
  Random random(0);
  p.origin = 0;
  expect(row().average_pool, p, {-1, 1, -2, 2}, average_from(0), random);
  EXPECT_EQ(naive_pool(p, {-1, 1, -2, 2}, average_from(0)), (std::vector<std::int8_t>{-2, 2}));
  p.origin = -128;
  expect(row().average_pool, p, {-1, 1, -2, 2}, average_from(-128), random);
  EXPECT_EQ(naive_pool(p, {-1, 1, -2, 2}, average_from(-128)), (std::vector<std::int8_t>{-1, 2}));
}

// Each channel's sum is at or next to a half of the window's count.
TEST_P(PoolTest, AverageOfEveryCount) {
  constexpr std::int32_t kChannels = 100;
  for (std::int32_t count = 1; count <= 600; count += count < 260 ? 1 : 37) {
    SCOPED_TRACE("count " + std::to_string(count));
    Random random(static_cast<std::uint32_t>(count));
    PoolParams p = {};
    p.batch = p.output_height = p.output_width = p.stride_height = p.stride_width = 1;
    p.input_height = p.kernel_height = 1;
    p.input_width = p.kernel_width = count;
    p.channels = kChannels;
    p.clamp = {-128, 127};
    p.origin = random.one_in(2) ? -128 : 0;
    std::vector<std::int8_t> x(static_cast<std::size_t>(count * kChannels));
    for (std::int32_t c = 0; c < kChannels; ++c) {
      const std::int32_t half = count * random.between(-128, 127) + count / 2 + random.between(-2, 2);
      std::int32_t rest = std::clamp(half, -128 * count, 127 * count);
      for (std::int32_t tap = 0; tap < count; ++tap) {
        const std::int32_t value = rest / (count - tap);
        x[static_cast<std::size_t>(tap * kChannels + c)] = static_cast<std::int8_t>(value);
        rest -= value;
      }
    }
    expect(row().average_pool, p, x, average_from(p.origin), random);
  }
}

TEST_P(PoolTest, LargeWindow) {
  PoolParams p = {};
  p.batch = p.output_height = p.output_width = p.stride_height = p.stride_width = 1;
  p.input_height = p.kernel_height = 300;
  p.input_width = p.kernel_width = 301;
  p.channels = 3;
  p.clamp = {-128, 127};
  Random random(0);
  expect(row().average_pool, p, random_input(p, random), average_from(0), random);
  expect(row().average_pool, p, std::vector<std::int8_t>(300 * 301 * 3, -128), average_from(0), random);
}

// More of the extremes than sums of 16 bits hold, in blocks of channels of every size.
TEST_P(PoolTest, AverageOfManyExtremes) {
  PoolParams p = {};
  p.batch = p.output_height = p.output_width = p.stride_height = p.stride_width = 1;
  p.input_height = p.kernel_height = 21;
  p.input_width = p.kernel_width = 37;
  p.clamp = {-128, 127};
  for (const std::int32_t channels : {5, 16, 64, 200}) {
    p.channels = channels;
    const auto size = static_cast<std::size_t>(21 * 37 * channels);
    for (const std::int32_t origin : {0, -128}) {
      p.origin = origin;
      Random random(0);
      expect(row().average_pool, p, std::vector<std::int8_t>(size, -128), average_from(origin), random);
      expect(row().average_pool, p, std::vector<std::int8_t>(size, 127), average_from(origin), random);
    }
  }
}

TEST_P(PoolTest, Max) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const PoolParams p = random_params(random);
    const Summary largest = [](const std::vector<std::int64_t>& window) {
      return *std::max_element(window.begin(), window.end());
    };
    expect(row().max_pool, p, random_input(p, random), largest, random);
  }
}

QRUN_TEST_EVERY_ROW(PoolTest);

}  // namespace
}  // namespace qrun::kernels::testing
