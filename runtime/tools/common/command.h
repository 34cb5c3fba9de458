// What every command does alike: exit statuses, the one error line, --help and --version.
//
// Exit status: 0 done, 1 the work failed, 2 wrong usage. Data goes to stdout, everything else to stderr. An error is
// one line, "PROGRAM: SUBJECT: what is wrong; what to do".

#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace qrun::tools {

// The last line of every --help.
inline constexpr const char* kExitStatusHelp = "Exit status: 0 done, 1 the work failed, 2 wrong usage.";

enum class ExitStatus { kDone = 0, kWorkFailed = 1, kWrongUsage = 2 };

// Ends the command with its message. Thrown through the command's body and caught by run_command.
class Failure : public std::runtime_error {
 public:
  Failure(ExitStatus exit_status, const std::string& message)
      : std::runtime_error(message), exit_status_(exit_status) {}
  ExitStatus exit_status() const { return exit_status_; }

 private:
  ExitStatus exit_status_;
};

// `subject` is the file or option that it is about.
Failure work_failed(std::string_view subject, std::string_view what);
Failure wrong_usage(std::string_view subject, std::string_view what);

// Parses the arguments, runs `body`, flushes stdout; returns the exit status. Errors become one line on stderr.
int run_command(CLI::App& app, int argc, char** argv, const std::function<void()>& body);

// An option's range, which --help does not repeat.
CLI::Validator between(int min, int max);

// `text` fit for one line of a terminal: names and labels come from files that anyone may have made, so control
// characters are replaced.
std::string printable(std::string_view text);

}  // namespace qrun::tools
