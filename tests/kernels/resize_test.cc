// Resizes of every row. The naive bilinear works from docs/arithmetic.md's positions, without tables of taps.

#include <algorithm>
#include <string>

#include "tests/kernels/naive.h"
#include "tests/kernels/row_test.h"

namespace qrun::kernels::testing {
namespace {

// One axis of a bilinear resize.
struct Axis {
  std::int32_t input, output;
  bool align_corners, half_pixel_centers;

  std::int64_t position(std::int32_t i) const {
    const std::int64_t scale = align_corners && output > 1
                                   ? (1024 * (std::int64_t{input} - 1) + (output - 1) / 2) / (output - 1)
                                   : (1024 * std::int64_t{input} + output / 2) / output;
    return i * scale + (half_pixel_centers ? scale / 2 - 512 : 0);
  }
  std::int32_t low(std::int32_t i) const {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(position(i) / 1024, 0, input - 1));
  }
  std::int32_t high(std::int32_t i) const {
    return static_cast<std::int32_t>(std::min<std::int64_t>((position(i) + 1023) / 1024, input - 1));
  }
  std::int64_t weight(std::int32_t i) const { return position(i) - 1024 * std::int64_t{low(i)}; }
};

Axis random_axis(Random& random, bool align_corners, bool half_pixel_centers) {
  return {random.between(1, 12), random.one_in(6) ? random.between(1, 200) : random.between(1, 25), align_corners,
          half_pixel_centers};
}

std::vector<ResizeTap> taps(const Axis& axis) {
  std::vector<ResizeTap> result;
  for (std::int32_t i = 0; i < axis.output; ++i) {
    const auto weight = static_cast<std::int32_t>(axis.weight(i));
    result.push_back({axis.low(i), axis.high(i), 1024 - weight, weight});
  }
  return result;
}

class ResizeTest : public RowTest {};

TEST_P(ResizeTest, Bilinear) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const bool align_corners = random.one_in(3);
    const bool half_pixel_centers = !align_corners && random.one_in(2);
    const Axis rows = random_axis(random, align_corners, half_pixel_centers);
    const Axis columns = random_axis(random, align_corners, half_pixel_centers);
    const std::int32_t batch = random.between(1, 2);
    const std::int32_t channels = random.one_in(3) ? random.between(20, 100) : random.between(1, 20);
    const auto x = random.values(static_cast<std::size_t>(batch * rows.input * columns.input * channels));

    std::vector<std::int8_t> expected;
    for (std::int32_t i = 0; i < batch * rows.output * columns.output * channels; ++i) {
      const std::int32_t c = i % channels;
      const std::int32_t ox = i / channels % columns.output;
      const std::int32_t oy = i / channels / columns.output % rows.output;
      const std::int32_t n = i / channels / columns.output / rows.output;
      const auto at = [&](std::int32_t y, std::int32_t column) -> std::int64_t {
        return x[static_cast<std::size_t>(((n * rows.input + y) * columns.input + column) * channels + c)];
      };
      const auto along_row = [&](std::int32_t y) {
        const std::int64_t left = at(y, columns.low(ox));
        return 1024 * left + (at(y, columns.high(ox)) - left) * columns.weight(ox);
      };
      const std::int64_t top = along_row(rows.low(oy));
      const std::int64_t sum = 1024 * top + (along_row(rows.high(oy)) - top) * rows.weight(oy);
      expected.push_back(static_cast<std::int8_t>(divide_half_away(sum, 1 << 20)));
    }

    const ResizeBilinearParams p = {batch,       rows.input,     columns.input,  channels,
                                    rows.output, columns.output, domain_offset()};
    std::vector<ResizeTap> table = taps(rows);
    const std::vector<ResizeTap> column_taps = taps(columns);
    table.insert(table.end(), column_taps.begin(), column_taps.end());
    const Call call = {row().resize_bilinear,
                       &p,
                       batch * rows.output * columns.output,
                       {stored(x)},
                       bytes_of(table),
                       resize_scratch_bytes(p),
                       unwritten(expected.size())};
    EXPECT_EQ(loaded(run(call, random)), expected);
  }
}

TEST_P(ResizeTest, Nearest) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const ResizeNearestParams p = {random.between(1, 3),  random.between(1, 9),  random.between(1, 9),
                                   random.between(1, 20), random.between(1, 20), random.between(1, 20)};
    const auto x = random.values(static_cast<std::size_t>(p.batch * p.input_height * p.input_width * p.channels));
    std::vector<std::int32_t> table;
    for (std::int32_t i = 0; i < p.output_height; ++i) table.push_back(random.between(0, p.input_height - 1));
    for (std::int32_t i = 0; i < p.output_width; ++i) table.push_back(random.between(0, p.input_width - 1));

    std::vector<std::int8_t> expected;
    for (std::int32_t n = 0; n < p.batch; ++n) {
      for (std::int32_t oy = 0; oy < p.output_height; ++oy) {
        for (std::int32_t ox = 0; ox < p.output_width; ++ox) {
          const std::int32_t iy = table[static_cast<std::size_t>(oy)];
          const std::int32_t ix = table[static_cast<std::size_t>(p.output_height + ox)];
          const auto pixel = x.begin() + ((n * p.input_height + iy) * p.input_width + ix) * p.channels;
          expected.insert(expected.end(), pixel, pixel + p.channels);
        }
      }
    }
    const Call call = {
        row().resize_nearest,      &p, p.batch * p.output_height * p.output_width, {stored(x)}, bytes_of(table), 0,
        unwritten(expected.size())};
    EXPECT_EQ(loaded(run(call, random)), expected);
  }
}

QRUN_TEST_EVERY_ROW(ResizeTest);

}  // namespace
}  // namespace qrun::kernels::testing
