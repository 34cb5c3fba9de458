// Runs a command to its end and keeps what it wrote.

#pragma once

#include <map>
#include <string>
#include <vector>

namespace qrun::test {

struct Finished {
  int exit_status = -1;  // -1 where a signal ended it
  std::string out, err;
};

struct Surroundings {
  std::string input;                               // its stdin
  std::map<std::string, std::string> environment;  // set beside this process's own
};

// `arguments` starts with the program's path; where it is built for another CPU, the emulator runs it. stderr is no
// terminal.
Finished run_process(const std::vector<std::string>& arguments, const Surroundings& surroundings = {});

}  // namespace qrun::test
