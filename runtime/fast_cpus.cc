#include "runtime/fast_cpus.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <string_view>

#include "runtime/cpu_list.h"
#include "runtime/descriptor.h"

namespace qrun::runtime {
namespace {

// Of each usable CPU, in their order, comparable with each other; empty where not all are known.
using Speeds = std::vector<std::uint64_t>;

// Machines with CPUs of several kinds have few of them. To read as many files as a large server has CPUs would take
// longer than to start its threads.
constexpr std::size_t kMostOfSeveralKinds = 64;

// A line without its end; empty where there is none. Lists longer than this belong to no such machine.
std::string read_line(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return {};
  char text[256];
  const ssize_t size = ::read(file.get(), text, sizeof text);
  const std::string_view read(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::size_t end = read.find('\n');
  return end == std::string_view::npos ? std::string() : std::string(read.substr(0, end));
}

// 0 where there is no positive number that could be a capacity or a frequency.
std::uint64_t read_number(const std::string& path) {
  const std::string line = read_line(path);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  return error == std::errc() && end == line.data() + line.size() ? number : 0;
}

Speeds read_for_each(std::span<const int> usable, const std::string& cpus, const char* file) {
  Speeds speeds;
  for (const int cpu : usable) {
    const std::uint64_t speed = read_number(cpus + std::to_string(cpu) + file);
    if (speed == 0) return {};
    speeds.push_back(speed);
  }
  return speeds;
}

Speeds speeds_of_kinds(std::span<const int> usable, const std::string& devices) {
  const auto fast = parse_cpu_list(read_line(devices + "cpu_core/cpus"));
  if (!fast) return {};
  const auto slow = parse_cpu_list(read_line(devices + "cpu_atom/cpus"));
  if (!slow) return {};
  Speeds speeds;
  for (const int cpu : usable) {
    const bool is_fast = std::count(fast->begin(), fast->end(), cpu) > 0;
    if (!is_fast && std::count(slow->begin(), slow->end(), cpu) == 0) return {};
    speeds.push_back(is_fast ? 2 : 1);
  }
  return speeds;
}

bool tell_apart(const Speeds& speeds) {
  return std::adjacent_find(speeds.begin(), speeds.end(), std::not_equal_to<>()) != speeds.end();
}

Speeds read_speeds(std::span<const int> usable, const std::string& sysfs) {
  const std::string devices = sysfs + "/devices/", cpus = devices + "system/cpu/cpu";
  Speeds speeds = read_for_each(usable, cpus, "/cpu_capacity");
  if (!tell_apart(speeds)) speeds = speeds_of_kinds(usable, devices);
  if (!tell_apart(speeds)) speeds = read_for_each(usable, cpus, "/cpufreq/cpuinfo_max_freq");
  return speeds;
}

// Of two speeds, `a` below `b`.
bool nearly_alike(std::uint64_t a, std::uint64_t b) { return 4 * a >= 3 * b; }

}  // namespace

std::vector<int> fast_cpus(std::span<const int> usable, int threads, const std::string& sysfs) {
  const auto needed = static_cast<std::size_t>(std::max(threads, 1));
  if (usable.size() < needed || usable.size() > kMostOfSeveralKinds) return {};
  const Speeds speeds = read_speeds(usable, sysfs);
  Speeds sorted = speeds;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  if (sorted.empty() || nearly_alike(sorted.back(), sorted.front())) return {};
  const std::uint64_t slowest_needed = sorted[needed - 1];
  std::vector<int> fast;
  for (std::size_t i = 0; i < usable.size(); ++i) {
    if (nearly_alike(speeds[i], slowest_needed)) fast.push_back(usable[i]);
  }
  return fast;
}

}  // namespace qrun::runtime
