// Where models and vectors are that do not belong to the project; tests that need them are skipped where they are not.

#pragma once

#include <cstdlib>
#include <filesystem>

namespace qrun::test {

inline std::filesystem::path shared_data() {
  const char* path = std::getenv("QRUN_SHARED_DATA");
  return path != nullptr && *path != '\0' ? path : QRUN_SHARED_DATA_DEFAULT;
}

}  // namespace qrun::test
