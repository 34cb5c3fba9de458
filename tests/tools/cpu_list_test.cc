// --cpu-list: how many threads it makes, where the command's own thread then runs, and every mistake.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// "Cpus_allowed_list" of a process's first thread: "0-3".
std::string cpus_of(const std::filesystem::path& process) {
  constexpr std::string_view kKey = "Cpus_allowed_list:\t";
  std::ifstream status(process / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(kKey)) return line.substr(kKey.size());
  }
  return "";
}

// The CPUs of the process that has `argument` on its command line.
std::string cpus_of_process_with(const std::string& argument) {
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    if (contents(process.path() / "cmdline").find(argument) != std::string::npos) return cpus_of(process.path());
  }
  return "no such process";
}

// Opens a pipe once somebody reads it; -1 where nobody does within ten seconds.
int open_once_read(const std::string& pipe) {
  for (int i = 0; i < 1000; ++i) {
    if (const int descriptor = ::open(pipe.c_str(), O_WRONLY | O_NONBLOCK); descriptor >= 0) return descriptor;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return -1;
}

class CpuList : public CommandTest {
 protected:
  CpuList() : model_(write_model("m.qfb", identity_model())), input_(write("x.bin", "abcd")) {}

  void expect(int exit_status, const std::string& list, const std::string& message) {
    expect_failure(qrun({model_, input_, "--cpu-list", list}), exit_status, "qrun", message);
  }
  // The last of those that this process may use: commands may, too.
  static std::string last_cpu() {
    const std::string cpus = cpus_of("/proc/self");
    return cpus.substr(cpus.find_last_of(",-") + 1);
  }

  const std::string model_, input_;
};

TEST_F(CpuList, OneThreadForEachCpu) {
  const auto threads = [this](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {model_, input_, "--json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished finished = qrun(arguments);
    EXPECT_EQ(finished.exit_status, 0) << finished.err;
    return nlohmann::json::parse(finished.out)["threads"].get<int>();
  };
  EXPECT_EQ(threads({}), 1);
  EXPECT_EQ(threads({"-t", "2"}), 2);
  EXPECT_EQ(threads({"--cpu-list", last_cpu()}), 1);
  if (const std::string cpus = cpus_of("/proc/self"); cpus != last_cpu()) {
    const std::string two = cpus.substr(0, cpus.find_first_of(",-")) + "," + last_cpu();
    EXPECT_EQ(threads({"--cpu-list", two}), 2);
    EXPECT_EQ(threads({"--cpu-list", two, "-t", "1"}), 1);
  }
}

TEST_F(CpuList, TheCommandsOwnThreadIsOnTheFirst) {
  const std::string pipe = path("pipe_of_" + std::to_string(::getpid()));
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  Finished finished;
  std::thread run([&] { finished = qrun({model_, pipe, "--cpu-list", last_cpu(), "--digest"}); });
  // qrun reads its inputs when all is planned.
  const int descriptor = open_once_read(pipe);
  const std::string cpus = cpus_of_process_with(pipe);
  if (descriptor >= 0) {
    EXPECT_EQ(::write(descriptor, "abcd", 4), 4);
    ::close(descriptor);
  }
  run.join();
  EXPECT_EQ(finished.exit_status, 0) << finished.err;
  EXPECT_EQ(finished.out, qrun({model_, input_, "--digest"}).out);
  EXPECT_EQ(cpus, last_cpu());
}

TEST_F(CpuList, Mistakes) {
  for (const char* list : {"a", "4-", "0,", "3-1", "0 1", "-1", "0-3:0"}) {
    expect(2, list,
           "the CPU list '" + std::string(list) +
               "' cannot be read; give numbers and ranges without spaces, the smaller first, as in 0,2,4-7 or 0-6:2");
  }
  expect(2, "", "--cpu-list: is empty");
  expect(2, "0,0", "the CPU list names CPU 0 twice; name each once");
  expect_failure(qrun({model_, input_, "--cpu-list"}), 2, "qrun", "--cpu-list");
  expect_failure(qrun({model_, input_, "--cpu-list", last_cpu(), "-t", "2"}), 2, "qrun",
                 "the CPU list has 1 CPU for 2 threads; list one for each thread, or use fewer threads");
}

TEST_F(CpuList, CpusThatAreNotThere) {
  const std::string why = " does not exist, is offline or is not allowed to this thread, which may use ";
  expect(1, "1000000", "CPU 1000000" + why + cpus_of("/proc/self"));
  expect(1, last_cpu() + ",900", "CPU 900" + why + cpus_of("/proc/self"));
}

}  // namespace
}  // namespace qrun::test
