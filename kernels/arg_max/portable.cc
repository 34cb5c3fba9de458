// Arg max for any CPU: the largest number of a row, then where it is first. Other axes than the last are the
// reference's.

#include <bit>
#include <cstring>

#include "kernels/largest.h"
#include "kernels/reference.h"
#include "kernels/row_kernels.h"
#include "kernels/typed.h"

namespace qrun::kernels::portable {
namespace {

// Where `value` is first in x, which holds it.
template <class T>
std::int64_t find(const T* x, std::ptrdiff_t count, T value) {
  std::ptrdiff_t i = 0;
  for (; i + std::ptrdiff_t{sizeof(Bytes16)} <= count; i += sizeof(Bytes16)) {
    const auto equal =
        load_ordered(x + i) == static_cast<std::uint8_t>(static_cast<std::uint8_t>(value) ^ kOrderFlip<T>);
    std::uint64_t halves[2];
    std::memcpy(halves, &equal, sizeof(halves));
    if ((halves[0] | halves[1]) != 0) break;
  }
  while (x[i] != value) ++i;
  return i;
}

}  // namespace

template <class T>
void arg_max(const ArgMaxParams& p, const Operands& operands, Range elements) {
  if (p.inner != 1) return reference::arg_max<T>(p, operands, elements);
  for (std::int32_t i = elements.begin; i < elements.end; ++i) {
    const T* x = input<T>(operands, 0) + std::ptrdiff_t{i} * p.extent;
    const std::int64_t index = find(x, p.extent, largest(x, p.extent));
    // Little-endian, so that an int32's bytes are the first of an int64's.
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(operands.output + std::ptrdiff_t{i} * p.index_bytes, &index, static_cast<std::size_t>(p.index_bytes));
  }
}

template void arg_max<std::int8_t>(const ArgMaxParams&, const Operands&, Range);
template void arg_max<std::uint8_t>(const ArgMaxParams&, const Operands&, Range);

}  // namespace qrun::kernels::portable
