// Bilinear resize in vectors of int32 lanes: first between two input rows, for all columns that a run of output pixels
// needs, then between columns. Traits: vector.inl.
//
// Sums are exact integers in any order, and modulo 2^32 too, as the result fits: weights that are outside [0, 1024], at
// some borders, need no care. A pixel's weights sum to 2^20, so that the origin comes off the sum at once.

#pragma once

#include "kernels/vector.inl"

namespace qrun::kernels {
namespace {

// x1 * weight1 + x2 * weight2, element by element.
template <class Isa>
void weigh_rows(const typename Isa::Stored* x1, const typename Isa::Stored* x2, std::int32_t weight1,
                std::int32_t weight2, std::ptrdiff_t count, std::int32_t* line) {
  using UInt32 = typename Isa::UInt32;
  const auto w1 = static_cast<std::uint32_t>(weight1), w2 = static_cast<std::uint32_t>(weight2);
  const auto weigh = [line, w1, w2](std::ptrdiff_t i, typename Isa::Int32 a, typename Isa::Int32 b) {
    const UInt32 sum = UInt32(a) * w1 + UInt32(b) * w2;
    std::memcpy(line + i, &sum, sizeof(sum));
  };
  std::ptrdiff_t i = 0;
  for (; count - i >= kBlockLanes<Isa>; i += kBlockLanes<Isa>) {
    const typename Isa::Differences a(x1 + i, 0), b(x2 + i, 0);
#pragma GCC unroll 4
    for (int v = 0; v < Isa::kBlock; ++v) weigh(i + v * Isa::kLanes, a[v], b[v]);
  }
  for (; count - i >= Isa::kLanes; i += Isa::kLanes) weigh(i, Isa::widen(x1 + i), Isa::widen(x2 + i));
  if (i < count) {
    const int left = lanes_left<Isa>(count, i);
    weigh(i, Isa::widen(x1 + i, left), Isa::widen(x2 + i, left));
  }
}

// The columns' part of a pixel: from lines of its row to outputs.
template <class Isa>
class WeighColumns {
 public:
  using Int32 = typename Isa::Int32;
  using UInt32 = typename Isa::UInt32;

  WeighColumns(const ResizeTap& column, const std::int32_t* low, const std::int32_t* high, std::int32_t origin)
      : low_(low),
        high_(high),
        low_weight_(static_cast<std::uint32_t>(column.low_weight)),
        high_weight_(static_cast<std::uint32_t>(column.high_weight)),
        origin_(origin) {}

  // The outputs of channels c, c + 1, ... Halves are rounded away from zero: of a negative sum, (T + 2^19 - 1) >> 20.
  Int32 operator()(std::ptrdiff_t c) const {
    UInt32 low, high;
    std::memcpy(&low, low_ + c, sizeof(low));
    std::memcpy(&high, high_ + c, sizeof(high));
    // Unsigned: lanes behind the last channel hold anything, and may overflow.
    const UInt32 sum = low * low_weight_ + high * high_weight_ - (static_cast<std::uint32_t>(origin_) << 20);
    return (Int32(sum + (1u << 19) - (sum >> 31)) >> 20) + origin_;
  }

 private:
  const std::int32_t *low_, *high_;
  std::uint32_t low_weight_, high_weight_;
  std::int32_t origin_;
};

// Writes a pixel. Whole vectors are written where the memory before `end` allows it: what follows the pixel is written
// later.
template <class Isa>
void store_pixel(const WeighColumns<Isa>& columns, std::int32_t channels, typename Isa::Stored* y,
                 const typename Isa::Stored* end) {
  std::ptrdiff_t c = 0;
  for (; channels - c >= kBlockLanes<Isa>; c += kBlockLanes<Isa>) {
    typename Isa::Int32 lanes[Isa::kBlock];
#pragma GCC unroll 4
    for (int v = 0; v < Isa::kBlock; ++v) lanes[v] = columns(c + v * Isa::kLanes);
    Isa::store(y + c, lanes, Isa::kRange);
  }
  for (; c < channels; c += Isa::kLanes) {
    const typename Isa::Int32 lanes[] = {columns(c)};
    if (end - (y + c) >= Isa::kLanes) {
      Isa::store(y + c, lanes, Isa::kRange);
    } else {
      Isa::store(y + c, lanes[0], Isa::kRange, lanes_left<Isa>(channels, c));
    }
  }
}

template <class Isa>
void resize_bilinear(const ResizeBilinearParams& p, const Operands& operands, Range pixels) {
  using Stored = typename Isa::Stored;
  const auto* rows = reinterpret_cast<const ResizeTap*>(operands.constant);
  const ResizeTap* columns = rows + p.output_height;
  auto* line = reinterpret_cast<std::int32_t*>(operands.scratch);
  const Stored* end = stored_output<Isa>(operands) + std::ptrdiff_t{pixels.end} * p.channels;
  std::int32_t run_end;
  for (std::int32_t i = pixels.begin; i < pixels.end; i = run_end) {
    const Pixel pixel = pixel_at(i, p.output_height, p.output_width);
    run_end = i + p.output_width - pixel.column < pixels.end ? i + p.output_width - pixel.column : pixels.end;
    // Positions rise along a row.
    const std::int32_t first = columns[pixel.column].low;
    const std::int32_t count = columns[pixel.column + run_end - i - 1].high - first + 1;
    const ResizeTap& row = rows[pixel.row];
    const auto input_row = [&](std::int32_t y) {
      return stored_input<Isa>(operands, 0) +
             pixel_index({pixel.batch, y, first}, p.input_height, p.input_width) * p.channels;
    };
    weigh_rows<Isa>(input_row(row.low), input_row(row.high), row.low_weight, row.high_weight,
                    std::ptrdiff_t{count} * p.channels, line);
    Stored* y = stored_output<Isa>(operands) + std::ptrdiff_t{i} * p.channels;
    for (std::int32_t j = i; j < run_end; ++j, y += p.channels) {
      const ResizeTap& column = columns[pixel.column + j - i];
      const auto of_column = [&](std::int32_t x) { return line + std::ptrdiff_t{x - first} * p.channels; };
      store_pixel<Isa>({column, of_column(column.low), of_column(column.high), p.origin}, p.channels, y, end);
    }
  }
}

}  // namespace
}  // namespace qrun::kernels
