#include "runtime/tools/common/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/descriptor.h"
#include "runtime/tools/common/command.h"

namespace qrun::tools {
namespace {

int open_descriptor(const std::string& path) {
  return path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

}  // namespace

std::string input_name(const std::string& path) { return path == "-" ? "standard input" : path; }

std::vector<std::byte> read_file(const std::string& path) {
  const std::string subject = input_name(path);
  const runtime::Descriptor descriptor(open_descriptor(path));
  struct stat status {};
  if (descriptor.get() < 0 || ::fstat(descriptor.get(), &status) != 0) {
    throw work_failed(subject, runtime::system_error_text(errno));
  }
  if (S_ISDIR(status.st_mode)) throw work_failed(subject, "is a directory; give a file");

  // One byte more than a regular file has, so that its end is seen without growing.
  constexpr std::size_t kChunk = 1 << 16;
  std::vector<std::byte> bytes(S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) + 1 : kChunk);
  std::size_t size = 0;
  while (true) {
    if (size == bytes.size()) bytes.resize(2 * size);
    const ssize_t count = ::read(descriptor.get(), bytes.data() + size, bytes.size() - size);
    if (count == 0) break;
    if (count > 0) {
      size += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      throw work_failed(subject, runtime::system_error_text(errno));
    }
  }
  bytes.resize(size);
  return bytes;
}

std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines(1);
  for (const std::byte byte : read_file(path)) {
    const char c = static_cast<char>(byte);
    if (c == '\n') {
      lines.emplace_back();
    } else if (c != '\r') {
      lines.back() += c;
    }
  }
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace qrun::tools
