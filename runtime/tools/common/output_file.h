// Writing a file so that its name never holds half of it: bytes go to a temporary beside it, which takes the name at
// the end. A failed or interrupted command leaves the old file, or none.

#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

namespace qrun::tools {

class OutputFile {
 public:
  // Opens the temporary; "-" is stdout, and a device or pipe is written directly. Throws Failure where the path is a
  // directory or cannot be written.
  explicit OutputFile(std::string path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();  // without commit: the temporary is removed

  void write(std::span<const std::byte> bytes);
  // Writes out what is buffered. With several files, close all before the first commit: a full disk shows here.
  void close();
  // Closes and gives the file its name.
  void commit();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void open_temporary();
  [[noreturn]] void fail(int error) const;

  std::string path_;
  std::string temporary_;  // empty where the path is written directly, or after commit
  std::unique_ptr<std::FILE, Close> file_;
};

// The whole file at once.
void write_file(const std::string& path, std::span<const std::byte> bytes);

// Whether two paths are one file, existing or not: by links, or by spelling.
bool same_file(const std::string& a, const std::string& b);

}  // namespace qrun::tools
