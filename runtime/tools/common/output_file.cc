#include "runtime/tools/common/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "runtime/descriptor.h"
#include "runtime/tools/common/command.h"
#include "runtime/tools/common/temporaries.h"

namespace qrun::tools {
namespace fs = std::filesystem;

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  if (path_ == "-") {
    path_ = "standard output";
    file_.reset(::fdopen(::dup(STDOUT_FILENO), "wb"));
    if (!file_) fail(errno);
    return;
  }
  std::error_code ignored;
  const fs::file_status status = fs::status(path_, ignored);
  if (fs::is_directory(status)) throw work_failed(path_, "is a directory; give a file name");
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    file_.reset(std::fopen(path_.c_str(), "wb"));
    if (!file_) fail(errno);
    return;
  }
  // The file that a symbolic link names is replaced, not the link.
  if (fs::exists(status)) path_ = fs::canonical(path_).string();
  open_temporary();
}

OutputFile::~OutputFile() {
  if (temporary_.empty()) return;
  ::unlink(temporary_.c_str());
  temporaries::remove(temporary_.c_str());
}

void OutputFile::open_temporary() {
  struct stat old {};
  const bool exists = ::stat(path_.c_str(), &old) == 0;
  if (exists && ::access(path_.c_str(), W_OK) != 0) fail(errno);  // renaming over it would succeed
  std::string temporary = fmt::format("{}.{}.tmp", path_, ::getpid());
  ::unlink(temporary.c_str());  // what a killed process of the same number left
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) fail(errno);
  temporary_ = std::move(temporary);
  temporaries::add(temporary_.c_str());
  if (exists) ::fchmod(descriptor, old.st_mode & 07777);
  file_.reset(::fdopen(descriptor, "wb"));
  if (!file_) {
    const int error = errno;
    ::close(descriptor);
    fail(error);
  }
}

void OutputFile::write(std::span<const std::byte> bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail(errno);
}

void OutputFile::close() {
  if (file_ && std::fclose(file_.release()) != 0) fail(errno);
}

void OutputFile::commit() {
  close();
  if (temporary_.empty()) return;
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail(errno);
  temporaries::remove(temporary_.c_str());
  temporary_.clear();
}

void OutputFile::fail(int error) const {
  throw work_failed(path_, fmt::format("cannot be written: {}", runtime::system_error_text(error)));
}

void write_file(const std::string& path, std::span<const std::byte> bytes) {
  OutputFile file(path);
  file.write(bytes);
  file.commit();
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  if (fs::equivalent(a, b, error)) return true;
  return fs::weakly_canonical(a, error) == fs::weakly_canonical(b, error);
}

}  // namespace qrun::tools
