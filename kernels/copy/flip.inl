// The flip between storage types, a vector at a time. Traits: vector.inl.

#pragma once

#include "kernels/vector.inl"

namespace qrun::kernels {
namespace {

template <class Isa>
void flip(const Operands& operands, Range bytes) {
  const std::uint8_t* x = operands.input[0];
  std::uint8_t* y = operands.output;
  constexpr auto kBytes = static_cast<std::int32_t>(sizeof(typename Isa::UInt32));
  std::int32_t i = bytes.begin;
  for (; bytes.end - i >= kBytes; i += kBytes) {
    typename Isa::UInt32 block;
    std::memcpy(&block, x + i, sizeof(block));
    block ^= 0x80808080U;
    std::memcpy(y + i, &block, sizeof(block));
  }
  for (; i < bytes.end; ++i) y[i] = x[i] ^ 0x80;
}

}  // namespace
}  // namespace qrun::kernels
