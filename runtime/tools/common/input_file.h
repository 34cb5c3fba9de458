// Reading a whole file, with errors that a person can act on.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace qrun::tools {

// What messages call it: the path, or "standard input" for "-".
std::string input_name(const std::string& path);

// All bytes of the file; "-" is stdin. Throws Failure for a missing file, a directory, a read error.
std::vector<std::byte> read_file(const std::string& path);

// The lines of a text file without their ends; a trailing empty line is dropped. Throws as read_file.
std::vector<std::string> read_lines(const std::string& path);

}  // namespace qrun::tools
