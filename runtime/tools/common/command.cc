#include "runtime/tools/common/command.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>

#include "runtime/descriptor.h"
#include "runtime/printable.h"

namespace qrun::tools {
namespace {

int complain(const CLI::App& app, ExitStatus exit_status, std::string_view message) {
  fmt::print(stderr, "{}: {}\n", app.get_name(), printable(message));
  return static_cast<int>(exit_status);
}

// A full disk or a closed stdout shows only when the buffers are written out.
void flush_stdout() {
  errno = 0;
  std::cout.flush();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout) {
    const int error = errno != 0 ? errno : EIO;
    throw work_failed("standard output", fmt::format("cannot be written: {}", runtime::system_error_text(error)));
  }
}

}  // namespace

Failure work_failed(std::string_view subject, std::string_view what) {
  return {ExitStatus::kWorkFailed, fmt::format("{}: {}", subject, what)};
}

Failure wrong_usage(std::string_view subject, std::string_view what) {
  return {ExitStatus::kWrongUsage, fmt::format("{}: {}", subject, what)};
}

int run_command(CLI::App& app, int argc, char** argv, const std::function<void()>& body) {
  try {
    app.parse(argc, argv);
    body();
    flush_stdout();
    return static_cast<int>(ExitStatus::kDone);
  } catch (const CLI::Success& help_or_version) {
    return app.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    return complain(app, ExitStatus::kWrongUsage, fmt::format("{}; see {} --help", error.what(), app.get_name()));
  } catch (const Failure& failure) {
    return complain(app, failure.exit_status(), failure.what());
  } catch (const std::bad_alloc&) {
    return complain(app, ExitStatus::kWorkFailed, "out of memory");
  } catch (const std::exception& error) {
    return complain(app, ExitStatus::kWorkFailed, error.what());
  }
}

CLI::Validator between(int min, int max) { return CLI::Range(min, max).description(""); }

std::string printable(std::string_view text) {
  std::string line(text);
  for (char& c : line) c = printable_character(c);
  return line;
}

}  // namespace qrun::tools
