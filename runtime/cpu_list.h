// Lists of CPUs as Linux and its tools write them: "4-7", "0,2,4-5", "0-6:2" for every second one.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qrun::runtime {

// The numbers in the order given, those given twice twice. Nothing where the text is no such list, is empty, has a
// range that descends, or names more than 1024 CPUs.
std::optional<std::vector<int>> parse_cpu_list(std::string_view text);

// The reverse, of ascending numbers: {0, 1, 2, 5} is "0-2,5".
std::string cpu_list_text(std::span<const int> cpus);

}  // namespace qrun::runtime
