// A plan's constants as its steps read them: packed for it alone, or mapped from the cache's file, whose pages all
// processes share.

#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "runtime/aligned_buffer.h"
#include "runtime/file.h"

namespace qrun::runtime {

class PackedConstants {
 public:
  PackedConstants() = default;
  explicit PackedConstants(AlignedBuffer buffer)
      : buffer_(std::move(buffer)), data_(buffer_.data()), size_(buffer_.size()) {}
  // Those from `offset` on.
  PackedConstants(MappedFile file, std::size_t offset)
      : file_(std::move(file)),
        data_(reinterpret_cast<const std::uint8_t*>(file_.bytes().data()) + offset),
        size_(file_.bytes().size() - offset) {}

  const std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  AlignedBuffer buffer_;
  MappedFile file_;
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace qrun::runtime
