#include "tests/kernels/guarded_buffer.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace qrun::kernels::testing {
namespace {

constexpr std::uint8_t kSurroundings = 0x5A;

std::size_t page_size() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

std::size_t round_up(std::size_t x, std::size_t unit) { return (x + unit - 1) / unit * unit; }

}  // namespace

GuardedBuffer::GuardedBuffer(std::size_t size, std::size_t alignment) : size_(size) {
  const std::size_t page = page_size();
  // At least one byte before the operand, to see what is written there.
  accessible_ = round_up(round_up(size, alignment) + 1, page);
  void* memory = mmap(nullptr, accessible_ + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  base_ = static_cast<std::uint8_t*>(memory);
  if (mprotect(base_ + accessible_, page, PROT_NONE) != 0) throw std::bad_alloc();
  std::memset(base_, kSurroundings, accessible_);
  data_ = base_ + accessible_ - round_up(size, alignment);
}

GuardedBuffer::GuardedBuffer(std::span<const std::uint8_t> content, std::size_t alignment)
    : GuardedBuffer(content.size(), alignment) {
  std::copy(content.begin(), content.end(), data_);
}

GuardedBuffer::~GuardedBuffer() { munmap(base_, accessible_ + page_size()); }

bool GuardedBuffer::surroundings_intact() const {
  const auto untouched = [](std::uint8_t byte) { return byte == kSurroundings; };
  return std::all_of(base_, data_, untouched) && std::all_of(data_ + size_, base_ + accessible_, untouched);
}

}  // namespace qrun::kernels::testing
