// A block of zeroed bytes aligned for any kernel. Allocation failure is an empty buffer, never an exception.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace qrun::runtime {

class AlignedBuffer {
 public:
  AlignedBuffer() = default;

  // `size` bytes, at least; empty (data() null) where memory is short, or its addresses are. Only pages that are used
  // cost anything.
  static AlignedBuffer allocate(std::uint64_t size);

  std::uint8_t* data() { return bytes_.get(); }
  const std::uint8_t* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }

 private:
  // How the block goes back: to the heap, or, where it has pages of its own, to the system.
  struct Free {
    void* block;
    std::size_t mapped;  // bytes from `block` on; 0: it is the heap's
    void operator()(std::uint8_t* bytes) const;
  };
  static AlignedBuffer from_heap(std::size_t size);
  static AlignedBuffer from_system(std::size_t size);

  std::unique_ptr<std::uint8_t, Free> bytes_;
  std::size_t size_ = 0;
};

}  // namespace qrun::runtime
