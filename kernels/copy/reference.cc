// Data movement: the strided copy, fill, the flip between storage types, and gather.
//
// Source: docs/arithmetic.md, Data movement and resize. Bytes are bytes here, whatever the domain.

#include "kernels/reference.h"

#include <cstring>

#include "kernels/indexing.h"

namespace qrun::kernels::reference {

void copy(const CopyParams& p, const Operands& operands, Range rows) {
  const std::int32_t last = p.dims - 1;
  const std::ptrdiff_t count = p.extent[last];
  const std::ptrdiff_t source_step = p.source_stride[last];
  const std::ptrdiff_t destination_step = p.destination_stride[last];
  const auto size = static_cast<std::size_t>(p.element_bytes);
  const bool contiguous = source_step == p.element_bytes && destination_step == p.element_bytes;
  for (std::int32_t row = rows.begin; row < rows.end; ++row) {
    const std::uint8_t* x = operands.input[0] + p.source_offset + strided_offset(row, last, p.extent, p.source_stride);
    std::uint8_t* y =
        operands.output + p.destination_offset + strided_offset(row, last, p.extent, p.destination_stride);
    if (contiguous) {
      std::memcpy(y, x, static_cast<std::size_t>(count) * size);
    } else {
      for (std::ptrdiff_t i = 0; i < count; ++i) std::memcpy(y + i * destination_step, x + i * source_step, size);
    }
  }
}

void fill(const FillParams& p, const Operands& operands, Range bytes) {
  std::memset(operands.output + bytes.begin, p.value, static_cast<std::size_t>(bytes.end - bytes.begin));
}

void flip(const void* /*params*/, const Operands& operands, Range bytes) {
  for (std::int32_t i = bytes.begin; i < bytes.end; ++i) operands.output[i] = operands.input[0][i] ^ 0x80;
}

void gather(const GatherParams& p, const Operands& operands, Range blocks) {
  const auto* index = reinterpret_cast<const std::int32_t*>(operands.constant);
  for (std::int32_t i = blocks.begin; i < blocks.end; ++i) {
    const std::ptrdiff_t source = std::ptrdiff_t{i / p.count} * p.extent + index[i % p.count];
    std::memcpy(operands.output + std::ptrdiff_t{i} * p.inner_bytes, operands.input[0] + source * p.inner_bytes,
                static_cast<std::size_t>(p.inner_bytes));
  }
}

}  // namespace qrun::kernels::reference
