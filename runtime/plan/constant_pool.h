// Collects what a plan stores for itself - packed weights, lookup and index tables, flipped constants - and packs it
// into one buffer.
//
// Sizes are known before anything is written, so a model that asks for more memory than there is fails at once.

#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "runtime/aligned_buffer.h"
#include "runtime/plan.h"
#include "runtime/status.h"

namespace qrun::runtime {

class ConstantPool {
 public:
  // Writes exactly the bytes it was added for; the destination is zeroed and 64-byte aligned.
  using Fill = std::function<void(std::uint8_t* destination)>;

  // Reserves `bytes` and remembers how to fill them. What `fill` refers to must live until pack().
  Location add(std::uint64_t bytes, Fill fill);

  std::uint64_t bytes() const { return bytes_; }

  // Allocates and fills. Fails with kOutOfMemory.
  Result<AlignedBuffer> pack() const;

 private:
  struct Entry {
    std::size_t offset;
    Fill fill;
  };
  std::vector<Entry> entries_;
  std::uint64_t bytes_ = 0;
};

}  // namespace qrun::runtime
