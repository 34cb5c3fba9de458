// One row of a broadcast input, to be read block by block, and what goes through two of them by blocks of bytes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/indexing.h"
#include "kernels/kernels.h"

namespace qrun::kernels {
namespace {

// The last stride is 0 or 1: one number for the whole row is repeated for a block, which is read again and again.
template <class Stored, std::ptrdiff_t kBlock>
class InputRow {
 public:
  InputRow(const Stored* x, std::int32_t stride) : blocks_{x, -std::ptrdiff_t{stride}} {
    if (stride != 0) return;
    std::memset(repeated_, *x, sizeof(repeated_));
    blocks_.x = repeated_;
  }
  InputRow(const InputRow&) = delete;
  InputRow& operator=(const InputRow&) = delete;

  // To be copied out of the row, whose address others know: so it stays in registers.
  struct Blocks {
    const Stored* x;
    std::ptrdiff_t mask;  // 0 or all bits
    const Stored* operator[](std::ptrdiff_t i) const { return x + (i & mask); }
  };
  Blocks blocks() const { return blocks_; }

 private:
  Blocks blocks_;
  Stored repeated_[kBlock];
};

// Calls combine(x1, x2, y) for every block of kBlock bytes of the rows. A row's last bytes are a block in buffers.
template <std::ptrdiff_t kBlock, class Combine>
void for_each_byte_block(const Broadcast& shape, const Operands& operands, Range rows, const Combine& combine) {
  const std::int32_t last = shape.dims - 1;
  const std::ptrdiff_t count = shape.extent[last];
  for (std::int32_t row = rows.begin; row < rows.end; ++row) {
    const InputRow<std::uint8_t, kBlock> row1(
        operands.input[0] + strided_offset(row, last, shape.extent, shape.stride1), shape.stride1[last]);
    const InputRow<std::uint8_t, kBlock> row2(
        operands.input[1] + strided_offset(row, last, shape.extent, shape.stride2), shape.stride2[last]);
    const auto x1 = row1.blocks(), x2 = row2.blocks();
    std::uint8_t* y = operands.output + row * count;
    std::ptrdiff_t i = 0;
    for (; count - i >= kBlock; i += kBlock) combine(x1[i], x2[i], y + i);
    if (i == count) continue;
    std::uint8_t end1[kBlock], end2[kBlock], end[kBlock];
    std::memcpy(end1, x1[i], static_cast<std::size_t>(count - i));
    std::memcpy(end2, x2[i], static_cast<std::size_t>(count - i));
    combine(end1, end2, end);
    std::memcpy(y + i, end, static_cast<std::size_t>(count - i));
  }
}

}  // namespace
}  // namespace qrun::kernels
