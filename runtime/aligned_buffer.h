// A block of zeroed bytes aligned for any kernel. Allocation failure is an empty buffer, never an exception.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "kernels/kernels.h"

namespace qrun::runtime {

class AlignedBuffer {
 public:
  AlignedBuffer() = default;

  // `size` bytes, at least; empty (data() null) where memory is short.
  static AlignedBuffer allocate(std::size_t size) {
    AlignedBuffer buffer;
    const std::size_t alignment = kernels::kPackedAlignment;
    const std::size_t rounded = (size / alignment + 1) * alignment;
    buffer.bytes_.reset(static_cast<std::uint8_t*>(std::aligned_alloc(alignment, rounded)));
    if (buffer.bytes_) {
      std::memset(buffer.bytes_.get(), 0, rounded);
      buffer.size_ = size;
    }
    return buffer;
  }

  std::uint8_t* data() { return bytes_.get(); }
  const std::uint8_t* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<std::uint8_t, Free> bytes_;
  std::size_t size_ = 0;
};

}  // namespace qrun::runtime
