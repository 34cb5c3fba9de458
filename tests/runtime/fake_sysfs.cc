#include "tests/runtime/fake_sysfs.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace qrun::runtime {

FakeSysfs::FakeSysfs() {
  std::string name = (std::filesystem::temp_directory_path() / "qrun_sysfs_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
}

FakeSysfs::~FakeSysfs() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void FakeSysfs::write(const std::string& file, const std::string& bytes) const {
  std::filesystem::create_directories((folder_ / file).parent_path());
  std::ofstream(folder_ / file, std::ios::binary) << bytes;
}

void FakeSysfs::remove(const std::string& file) const { std::filesystem::remove(folder_ / file); }

void FakeSysfs::write_capacities(const std::vector<int>& capacities) const {
  write_for_each(capacities, "cpu_capacity");
}

void FakeSysfs::write_frequencies(const std::vector<int>& kilohertz) const {
  write_for_each(kilohertz, "cpufreq/cpuinfo_max_freq");
}

void FakeSysfs::write_for_each(const std::vector<int>& values, const std::string& file) const {
  for (std::size_t cpu = 0; cpu < values.size(); ++cpu) {
    write("devices/system/cpu/cpu" + std::to_string(cpu) + "/" + file, std::to_string(values[cpu]) + "\n");
  }
}

}  // namespace qrun::runtime
