// POSIX mmap. Where a file shrinks while it is mapped, reading past its new end is a SIGBUS, as for any mapped file.

#include "runtime/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "runtime/descriptor.h"

namespace qrun::runtime {
namespace {

Status io_error(const char* path, const std::string& why) {
  return {QRUN_IO_ERROR, std::string(path) + ": " + why, -1};
}

}  // namespace

Result<MappedFile> MappedFile::open(const char* path) {
  // Non-blocking: opening a pipe must not wait for a writer, only to be refused below.
  const Descriptor descriptor(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) return io_error(path, system_error_text(errno));
  struct stat info {};
  if (::fstat(descriptor.get(), &info) != 0) return io_error(path, system_error_text(errno));
  if (S_ISDIR(info.st_mode)) return io_error(path, "is a directory; give a .qfb file");
  if (!S_ISREG(info.st_mode)) return io_error(path, "is not a regular file and cannot be mapped; give a .qfb file");
  if (info.st_size == 0) return io_error(path, "is empty; convert the model again");
  const auto size = static_cast<std::size_t>(info.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
  if (address == MAP_FAILED) return io_error(path, system_error_text(errno));
  MappedFile file;
  file.bytes_ = {static_cast<const std::byte*>(address), size};
  return file;
}

void MappedFile::release_pages() const {
  // Unlike posix_madvise's, Linux's own advice is followed at once.
  if (!bytes_.empty()) ::madvise(const_cast<std::byte*>(bytes_.data()), bytes_.size(), MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace qrun::runtime
