// A machine's sysfs as a temporary folder, for what is read to choose CPUs.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace qrun::runtime {

class FakeSysfs {
 public:
  FakeSysfs();
  FakeSysfs(const FakeSysfs&) = delete;
  FakeSysfs& operator=(const FakeSysfs&) = delete;
  ~FakeSysfs();

  std::string path() const { return folder_.string(); }
  void write(const std::string& file, const std::string& bytes) const;
  void remove(const std::string& file) const;
  // Of CPUs 0, 1, ...
  void write_capacities(const std::vector<int>& capacities) const;
  void write_frequencies(const std::vector<int>& kilohertz) const;

 private:
  void write_for_each(const std::vector<int>& values, const std::string& file) const;

  std::filesystem::path folder_;
};

}  // namespace qrun::runtime
