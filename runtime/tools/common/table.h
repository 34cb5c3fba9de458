// Text in aligned columns.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace qrun::tools {

class Table {
 public:
  // A title that starts with '>' aligns its column to the right.
  explicit Table(std::vector<std::string> titles);
  // As many cells as there are titles.
  void add(std::vector<std::string> cells);
  // One line a row, each ended by a newline, no trailing blanks.
  std::string text() const;

 private:
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;  // the titles first
};

// "1 input", "2 inputs"; `plural` where it is not the noun with an s.
std::string counted(std::size_t count, std::string_view noun, std::string_view plural = {});

// The last `width` characters, "..." in front where some were cut: the end of a tensor's name tells most.
std::string shorten(std::string_view text, std::size_t width);

}  // namespace qrun::tools
