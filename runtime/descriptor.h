// An open file's descriptor, and what is said where the system refuses one: library and commands say the same.

#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace qrun::runtime {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }

 private:
  int value_;
};

// "No such file or directory; check the path": an errno as a reason and what to do, where something can be done.
inline std::string system_error_text(int error) {
  std::string reason = std::strerror(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
      return reason + "; check the path";
    case EACCES:
    case EPERM:
    case EROFS:
      return reason + "; check the permissions";
    case ENOSPC:
    case EDQUOT:
      return reason + "; free some space";
    default:
      return reason;
  }
}

}  // namespace qrun::runtime
