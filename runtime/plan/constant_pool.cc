#include "runtime/plan/constant_pool.h"

#include <string>
#include <utility>

#include "runtime/plan/arena.h"

namespace qrun::runtime {

Location ConstantPool::add(std::uint64_t bytes, Fill fill) {
  const Location location{Location::Space::kPlan, bytes_};
  entries_.push_back({bytes_, std::move(fill)});
  bytes_ += align_up(bytes);
  return location;
}

Result<AlignedBuffer> ConstantPool::pack() const {
  AlignedBuffer buffer = AlignedBuffer::allocate(bytes_);
  if (buffer.data() == nullptr) {
    return Status{QRUN_OUT_OF_MEMORY,
                  "the packed weights and tables need " + std::to_string(bytes_) + " bytes, more than there is memory"};
  }
  for (const Entry& entry : entries_) entry.fill(buffer.data() + entry.offset);
  return buffer;
}

}  // namespace qrun::runtime
