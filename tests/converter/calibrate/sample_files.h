// Writes files of samples, good ones and whatever the caller makes of them.

#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace qrun::test {

// The elements' bytes, on a little-endian machine.
template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// `bytes` bytes of a number, the least first.
inline std::string little(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

inline std::string npy(const std::string& descr, const std::string& shape, const std::string& data, char version = 1,
                       const std::string& fortran = "False") {
  const std::string header =
      "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }     \n";
  return "\x93NUMPY" + std::string{version, '\0'} + little(header.size(), version == 1 ? 2 : 4) + header + data;
}

inline std::uint32_t crc(const std::string& bytes) {
  std::uint32_t value = ~0U;
  for (const char byte : bytes) {
    value ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0xEDB88320U : value >> 1;
  }
  return ~value;
}

// A member of a .zip file: `packed` is `data` in the method's form.
struct Member {
  std::string name, data;
  std::uint16_t method = 0;
  std::string packed = data;
  std::uint16_t flags = 0;
  std::uint32_t checksum = crc(data);
};

// numpy.savez writes sizes in 64 bits into the local headers; the directory is what counts. `wide` puts them there,
// too.
inline std::string zip(const std::vector<Member>& members, bool wide = false) {
  std::string file, directory;
  for (const Member& member : members) {
    const std::string sizes = little(member.packed.size(), 4) + little(member.data.size(), 4);
    const std::string names = little(member.name.size(), 2);
    const std::string common =
        little(member.flags, 2) + little(member.method, 2) + little(0, 4) + little(member.checksum, 4);
    const std::string extra = wide ? little(1, 2) + little(24, 2) + little(member.data.size(), 8) +
                                         little(member.packed.size(), 8) + little(file.size(), 8)
                                   : "";
    directory += "PK\x01\x02" + little(20, 2) + little(20, 2) + common + (wide ? std::string(8, '\xFF') : sizes) +
                 names + little(extra.size(), 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) +
                 (wide ? std::string(4, '\xFF') : little(file.size(), 4)) + member.name + extra;
    file += "PK\x03\x04" + little(20, 2) + common + std::string(8, '\xFF') + names + little(20, 2) + member.name +
            little(1, 2) + little(16, 2) + little(member.data.size(), 8) + little(member.packed.size(), 8) +
            member.packed;
  }
  const std::string counts = little(0, 4) + little(members.size(), 2) + little(members.size(), 2);
  return file + directory + "PK\x05\x06" + counts + little(directory.size(), 4) + little(file.size(), 4) + little(0, 2);
}

// Deflated without compressing: one last block, of less than 64 KiB.
inline std::string stored_block(const std::string& data) {
  return '\1' + little(data.size(), 2) + little(~data.size(), 2) + data;
}

// A folder of the running test's own, empty.
class Folder {
 public:
  Folder() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(testing::TempDir()) / ("qrun_" + std::string(test->test_suite_name()) + test->name());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::filesystem::remove(path_ / name);  // ext4 waits for the disk where a file is written over
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace qrun::test
