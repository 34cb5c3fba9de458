// Collects what a plan stores for itself - packed weights, lookup and index tables, flipped constants - and packs it
// into one buffer.
//
// Sizes are known before anything is written, so a model that asks for more memory than there is fails at once. Entries
// are independent: several threads fill them.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/aligned_buffer.h"
#include "runtime/plan.h"
#include "runtime/status.h"
#include "runtime/team.h"

namespace qrun::runtime {

class ConstantPool {
 public:
  // Writes exactly the bytes it was added for; the destination is zeroed and 64-byte aligned.
  using Fill = std::function<void(std::uint8_t* destination)>;

  // Reserves `bytes` and remembers how to fill them, which must not throw. What `fill` refers to must live until
  // pack(). `form` says, to the byte, what the filled bytes depend on besides the model's file and the row.
  Location add(std::uint64_t bytes, Fill fill, std::string form = {});

  std::uint64_t bytes() const { return bytes_; }

  // What decides the packed bytes besides the model's file and the row: every entry's size and form.
  std::string form() const;

  // Allocates and fills, on up to the team's threads; on fewer where the system cannot start them. Gives the model's
  // pages back as it goes, so that memory never holds all weights twice. Fails with kOutOfMemory.
  Result<AlignedBuffer> pack(const Model& model, const Team& team) const;

 private:
  struct Entry {
    std::uint64_t offset, bytes;
    Fill fill;
    std::string form;
  };
  std::vector<Entry> entries_;
  std::uint64_t bytes_ = 0;
};

}  // namespace qrun::runtime
