// A block of zeroed bytes aligned for any kernel. Allocation failure is an empty buffer, never an exception.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>

#include "kernels/kernels.h"

namespace qrun::runtime {

class AlignedBuffer {
 public:
  AlignedBuffer() = default;

  // `size` bytes, at least; empty (data() null) where memory is short. calloc, because it takes large blocks from the
  // system already zeroed: only pages that are used cost anything.
  static AlignedBuffer allocate(std::size_t size) {
    constexpr std::size_t kAlignment = kernels::kPackedAlignment;
    AlignedBuffer buffer;
    if (size > std::numeric_limits<std::size_t>::max() - kAlignment) return buffer;
    buffer.block_.reset(std::calloc(size + kAlignment, 1));
    if (buffer.block_) {
      const auto address = reinterpret_cast<std::uintptr_t>(buffer.block_.get());
      buffer.bytes_ = static_cast<std::uint8_t*>(buffer.block_.get()) + (kAlignment - address % kAlignment);
      buffer.size_ = size;
    }
    return buffer;
  }

  std::uint8_t* data() { return bytes_; }
  const std::uint8_t* data() const { return bytes_; }
  std::size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(void* block) const { std::free(block); }
  };
  std::unique_ptr<void, Free> block_;
  std::uint8_t* bytes_ = nullptr;  // in the block
  std::size_t size_ = 0;
};

}  // namespace qrun::runtime
