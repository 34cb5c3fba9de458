// Memory for one operand whose last byte is the last of a page, before a page that must not be touched.
//
// A kernel that reads or writes past an operand's end crashes here, also where no sanitizer sees it; the bytes before
// the operand are known and can be asked for.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace qrun::kernels::testing {

class GuardedBuffer {
 public:
  // `size` bytes starting at a multiple of `alignment`, a power of two up to a page: less than `alignment` bytes lie
  // between their end and the forbidden page.
  explicit GuardedBuffer(std::size_t size, std::size_t alignment = 1);
  GuardedBuffer(std::span<const std::uint8_t> content, std::size_t alignment = 1);
  ~GuardedBuffer();
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  std::uint8_t* data() { return data_; }
  std::span<const std::uint8_t> bytes() const { return {data_, size_}; }

  // Whether everything accessible around the operand is as it was.
  bool surroundings_intact() const;

 private:
  std::uint8_t* base_;
  std::size_t accessible_;
  std::uint8_t* data_;
  std::size_t size_;
};

}  // namespace qrun::kernels::testing
