// The strided copy, matrix by matrix of the two innermost dimensions.
//
// Why: an element's address costs a division per dimension, so it is computed once per matrix; and whatever the copy
// transposes, the innermost loop runs along the longer side of a tile whose lines the cache keeps. Bytes are transposed
// in vectors.

#pragma once

#include <cstring>

#include "kernels/copy/transpose.inl"
#include "kernels/indexing.h"
#include "kernels/kernels.h"

namespace qrun::kernels {
namespace {

// One dimension of a matrix; strides in bytes.
struct Axis {
  std::ptrdiff_t extent, source_stride, destination_stride;
};

std::ptrdiff_t lesser(std::ptrdiff_t a, std::ptrdiff_t b) { return a < b ? a : b; }

// Copies elements of kBytes; `inner` is the faster loop.
template <std::size_t kBytes>
void copy_tile(const std::uint8_t* x, std::uint8_t* y, Axis outer, Axis inner) {
  for (std::ptrdiff_t o = 0; o < outer.extent; ++o, x += outer.source_stride, y += outer.destination_stride) {
    const std::uint8_t* from = x;
    std::uint8_t* to = y;
    for (std::ptrdiff_t i = 0; i < inner.extent; ++i, from += inner.source_stride, to += inner.destination_stride) {
      std::memcpy(to, from, kBytes);
    }
  }
}

template <std::size_t kBytes>
void copy_matrix(const std::uint8_t* x, std::uint8_t* y, Axis outer, Axis inner) {
  constexpr std::ptrdiff_t kTile = 64;
  if (outer.extent > inner.extent) {
    const Axis longer = outer;
    outer = inner;
    inner = longer;
  }
  // A few lines are no more than the cache keeps, however long they are.
  const std::ptrdiff_t length = outer.extent <= 8 ? inner.extent : kTile;
  for (std::ptrdiff_t o = 0; o < outer.extent; o += kTile) {
    for (std::ptrdiff_t i = 0; i < inner.extent; i += length) {
      copy_tile<kBytes>(x + o * outer.source_stride + i * inner.source_stride,
                        y + o * outer.destination_stride + i * inner.destination_stride,
                        {lesser(kTile, outer.extent - o), outer.source_stride, outer.destination_stride},
                        {lesser(length, inner.extent - i), inner.source_stride, inner.destination_stride});
    }
  }
}

// A matrix of bytes whose source is contiguous along `along_source` and whose destination is along the other axis, if
// that is worth shuffling: whether it was done.
bool transpose(const std::uint8_t* x, std::uint8_t* y, Axis along_source, Axis along_destination) {
  if (along_source.source_stride != 1 || along_destination.destination_stride != 1) return false;
  const std::ptrdiff_t x_stride = along_destination.source_stride, y_stride = along_source.destination_stride;
  if (along_source.extent >= 16 && along_destination.extent >= 16) {
    for_each_block16(along_source.extent, [&](std::ptrdiff_t s) {
      for_each_block16(along_destination.extent, [&](std::ptrdiff_t d) {
        transpose16(x + d * x_stride + s, x_stride, y + s * y_stride + d, y_stride);
      });
    });
    return true;
  }
  if (along_source.extent >= 16 && y_stride == along_destination.extent) {
    return with_streams(along_destination.extent,
                        [&](auto streams) { interleave(x, x_stride, y, along_source.extent, streams); });
  }
  if (along_destination.extent >= 16 && x_stride == along_source.extent) {
    return with_streams(along_source.extent,
                        [&](auto streams) { deinterleave(x, y, y_stride, along_destination.extent, streams); });
  }
  return false;
}

void copy_matrix(std::int32_t element_bytes, const std::uint8_t* x, std::uint8_t* y, Axis rows, Axis columns) {
  if (columns.source_stride == element_bytes && columns.destination_stride == element_bytes) {
    const auto bytes = static_cast<std::size_t>(columns.extent * element_bytes);
    for (std::ptrdiff_t row = 0; row < rows.extent; ++row) {
      std::memcpy(y + row * rows.destination_stride, x + row * rows.source_stride, bytes);
    }
    return;
  }
  switch (element_bytes) {
    case 1:
      if (transpose(x, y, rows, columns) || transpose(x, y, columns, rows)) return;
      return copy_matrix<1>(x, y, rows, columns);
    case 4:
      return copy_matrix<4>(x, y, rows, columns);
    default:
      return copy_matrix<8>(x, y, rows, columns);
  }
}

void copy(const CopyParams& p, const Operands& operands, Range range) {
  const std::int32_t last = p.dims - 1;
  const Axis columns = {p.extent[last], p.source_stride[last], p.destination_stride[last]};
  const Axis rows =
      last == 0 ? Axis{1, 0, 0} : Axis{p.extent[last - 1], p.source_stride[last - 1], p.destination_stride[last - 1]};
  std::ptrdiff_t count;
  for (std::ptrdiff_t row = range.begin; row < range.end; row += count) {
    count = lesser(rows.extent - row % rows.extent, range.end - row);
    const auto index = static_cast<std::int32_t>(row);
    copy_matrix(p.element_bytes,
                operands.input[0] + p.source_offset + strided_offset(index, last, p.extent, p.source_stride),
                operands.output + p.destination_offset + strided_offset(index, last, p.extent, p.destination_stride),
                {count, rows.source_stride, rows.destination_stride}, columns);
  }
}

}  // namespace
}  // namespace qrun::kernels
