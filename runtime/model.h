// A loaded model: the file's bytes, checked once, read in place ever after.
//
// Hop 1 of three. After load() returns, every index is in range, every shape's product fits, every operator's shapes
// and dtypes agree, every constant has its shape's bytes and alignment, and no integer that the operators compute
// overflows. The planner relies on all of it and checks nothing again.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "qfb_generated.h"
#include "runtime/file.h"
#include "runtime/status.h"

namespace qrun::runtime {

// The greatest format_version that this library reads.
inline constexpr std::uint32_t kFormatVersion = 2;

class Model {
 public:
  // Maps the file and keeps the mapping.
  static Result<std::shared_ptr<const Model>> open(const char* path);
  // Borrows the caller's bytes.
  static Result<std::shared_ptr<const Model>> borrow(std::span<const std::byte> bytes);

  const qfb::Model& file() const { return *file_; }
  std::span<const qrun_tensor_info> inputs() const { return inputs_; }
  std::span<const qrun_tensor_info> outputs() const { return outputs_; }
  // The whole file.
  std::span<const std::byte> bytes() const { return bytes_; }
  // Gives the memory of a mapped file's pages back; they come again from the file where they are read.
  void release_pages() const { mapping_.release_pages(); }

 private:
  static Result<std::shared_ptr<const Model>> load(MappedFile mapping, std::span<const std::byte> bytes);

  MappedFile mapping_;  // empty where the caller's bytes are borrowed
  std::span<const std::byte> bytes_;
  const qfb::Model* file_ = nullptr;
  std::vector<qrun_tensor_info> inputs_, outputs_;
};

}  // namespace qrun::runtime
