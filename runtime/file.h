// A read-only memory map of a file.

#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "runtime/status.h"

namespace qrun::runtime {

class MappedFile {
 public:
  MappedFile() = default;
  // Fails with kIoError for a missing file, a directory, an empty or unreadable one; the message names the path.
  static Result<MappedFile> open(const char* path);

  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }
  // The process no longer holds the pages; the system reads them again where they are needed. Any thread may call it.
  void release_pages() const;

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace qrun::runtime
