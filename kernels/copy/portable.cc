// The strided copy for any CPU: matrix by matrix of the two innermost dimensions.
//
// Why: an element's address costs a division per dimension, so it is computed once per matrix; and whatever the copy
// transposes, the innermost loop runs along the longer side of a tile whose lines the cache keeps.

#include <algorithm>
#include <cstring>
#include <utility>

#include "kernels/indexing.h"
#include "kernels/row_kernels.h"

namespace qrun::kernels::portable {
namespace {

// One dimension of a matrix; strides in bytes.
struct Axis {
  std::ptrdiff_t extent, source_stride, destination_stride;
};

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
  if (outer.extent > inner.extent) std::swap(outer, inner);
  // A few lines are no more than the cache keeps, however long they are.
  const std::ptrdiff_t length = outer.extent <= 8 ? inner.extent : kTile;
  for (std::ptrdiff_t o = 0; o < outer.extent; o += kTile) {
    for (std::ptrdiff_t i = 0; i < inner.extent; i += length) {
      copy_tile<kBytes>(x + o * outer.source_stride + i * inner.source_stride,
                        y + o * outer.destination_stride + i * inner.destination_stride,
                        {std::min(kTile, outer.extent - o), outer.source_stride, outer.destination_stride},
                        {std::min(length, inner.extent - i), inner.source_stride, inner.destination_stride});
    }
  }
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
      return copy_matrix<1>(x, y, rows, columns);
    case 4:
      return copy_matrix<4>(x, y, rows, columns);
    default:
      return copy_matrix<8>(x, y, rows, columns);
  }
}

}  // namespace

void copy(const void* params, const Operands& operands, Range range) {
  const auto& p = *static_cast<const CopyParams*>(params);
  const std::int32_t last = p.dims - 1;
  const Axis columns = {p.extent[last], p.source_stride[last], p.destination_stride[last]};
  const Axis rows =
      last == 0 ? Axis{1, 0, 0} : Axis{p.extent[last - 1], p.source_stride[last - 1], p.destination_stride[last - 1]};
  std::ptrdiff_t count;
  for (std::ptrdiff_t row = range.begin; row < range.end; row += count) {
    count = std::min(rows.extent - row % rows.extent, range.end - row);
    const auto index = static_cast<std::int32_t>(row);
    copy_matrix(p.element_bytes,
                operands.input[0] + p.source_offset + strided_offset(index, last, p.extent, p.source_stride),
                operands.output + p.destination_offset + strided_offset(index, last, p.extent, p.destination_stride),
                {count, rows.source_stride, rows.destination_stride}, columns);
  }
}

}  // namespace qrun::kernels::portable
