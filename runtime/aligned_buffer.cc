// Small blocks are the heap's. Large ones begin where a huge page may, and the system is asked for such: zeroing one is
// several times faster than as many small pages' faults, and weights then need few entries of the address cache.

#include "runtime/aligned_buffer.h"

#include <sys/mman.h>

#include <cstdlib>
#include <limits>

#include "kernels/kernels.h"

namespace qrun::runtime {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kPage = 4096;

// The bytes from `block` to the next multiple of `alignment`.
std::size_t bytes_to_multiple(const void* block, std::size_t alignment) {
  return (alignment - reinterpret_cast<std::uintptr_t>(block) % alignment) % alignment;
}

}  // namespace

void AlignedBuffer::Free::operator()(std::uint8_t*) const {
  if (mapped > 0) {
    ::munmap(block, mapped);
  } else {
    std::free(block);
  }
}

AlignedBuffer AlignedBuffer::allocate(std::uint64_t size) {
  if (size > std::numeric_limits<std::size_t>::max() / 2) return {};
  const auto bytes = static_cast<std::size_t>(size);
  return bytes < kHugePage ? from_heap(bytes) : from_system(bytes);
}

AlignedBuffer AlignedBuffer::from_heap(std::size_t size) {
  AlignedBuffer buffer;
  void* block = std::calloc(size + kernels::kPackedAlignment, 1);
  if (block == nullptr) return buffer;
  auto* bytes = static_cast<std::uint8_t*>(block) + bytes_to_multiple(block, kernels::kPackedAlignment);
  buffer.bytes_ = {bytes, Free{block, 0}};
  buffer.size_ = size;
  return buffer;
}

AlignedBuffer AlignedBuffer::from_system(std::size_t size) {
  AlignedBuffer buffer;
  const std::size_t pages = (size + kPage - 1) / kPage * kPage;
  void* block = ::mmap(nullptr, pages + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) return buffer;
  auto* bytes = static_cast<std::uint8_t*>(block) + bytes_to_multiple(block, kHugePage);
  buffer.bytes_ = {bytes, Free{block, pages + kHugePage}};
  buffer.size_ = size;
#ifdef MADV_HUGEPAGE
  ::madvise(bytes, pages, MADV_HUGEPAGE);  // a wish: without, it works all the same
#endif
  return buffer;
}

}  // namespace qrun::runtime
