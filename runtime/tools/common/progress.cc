#include "runtime/tools/common/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace qrun::tools {

Progress::Progress(std::size_t total)
    : total_(total), terminal_(::isatty(STDERR_FILENO) != 0), next_(Clock::now() + std::chrono::seconds(1)) {}

Progress::~Progress() {
  constexpr const char* kWipeLine = "\r\033[K";
  if (drawn_) fmt::print(stderr, "{}", kWipeLine);
}

void Progress::advance() {
  ++done_;
  if (!terminal_) return;
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + std::chrono::milliseconds(100);
  drawn_ = true;
  draw();
}

void Progress::draw() const {
  constexpr std::size_t kWidth = 40;
  const std::size_t filled = done_ * kWidth / total_;
  fmt::print(stderr, "\r[{:=<{}}{:<{}}] {}/{}", "", filled, "", kWidth - filled, done_, total_);
  std::fflush(stderr);
}

}  // namespace qrun::tools
