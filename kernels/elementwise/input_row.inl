// One row of a broadcast input, to be read block by block.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace qrun::kernels {
namespace {

// The last stride is 0 or 1: one number for the whole row is repeated for a block, which is read again and again.
template <class Stored, std::ptrdiff_t kBlock>
class InputRow {
 public:
  InputRow(const Stored* x, std::int32_t stride) : x_(x), step_(stride) {
    if (stride != 0) return;
    std::memset(repeated_, *x, sizeof(repeated_));
    x_ = repeated_;
  }
  InputRow(const InputRow&) = delete;
  InputRow& operator=(const InputRow&) = delete;

  const Stored* operator[](std::ptrdiff_t i) const { return x_ + i * step_; }

 private:
  const Stored* x_;
  std::ptrdiff_t step_;
  Stored repeated_[kBlock];
};

}  // namespace
}  // namespace qrun::kernels
