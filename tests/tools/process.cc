#include "tests/tools/process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace qrun::test {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
// Files instead of pipes: neither side ever waits for the other.
using Stream = std::unique_ptr<std::FILE, Close>;

Stream stream_of(const std::string& text) {
  Stream stream(std::tmpfile());
  if (!stream) throw std::runtime_error("no temporary file");
  std::fwrite(text.data(), 1, text.size(), stream.get());
  std::rewind(stream.get());
  return stream;
}

std::string contents(const Stream& stream) {
  std::rewind(stream.get());
  std::string text;
  for (int c = std::fgetc(stream.get()); c != EOF; c = std::fgetc(stream.get())) text += static_cast<char>(c);
  return text;
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  for (const auto& [name, value] : surroundings.environment) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> argv;
  static char emulator[] = QRUN_TEST_EMULATOR;
  if (emulator[0] != '\0') argv.push_back(emulator);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  std::perror(argv[0]);
  ::_exit(127);
}

}  // namespace

Finished run_process(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
  const Stream in = stream_of(surroundings.input), out = stream_of(""), err = stream_of("");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    ::dup2(::fileno(in.get()), STDIN_FILENO);
    ::dup2(::fileno(out.get()), STDOUT_FILENO);
    ::dup2(::fileno(err.get()), STDERR_FILENO);
    become(arguments, surroundings);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(out), contents(err)};
}

}  // namespace qrun::test
