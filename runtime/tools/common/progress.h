// A progress bar on stderr: only on a terminal, and only for work that takes more than a second.

#pragma once

#include <chrono>
#include <cstddef>

namespace qrun::tools {

class Progress {
 public:
  explicit Progress(std::size_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // wipes the bar away

  void advance();

 private:
  using Clock = std::chrono::steady_clock;
  void draw() const;

  std::size_t total_;
  std::size_t done_ = 0;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point next_;  // when to draw again
};

}  // namespace qrun::tools
