// Any bytes as a model file: load, and what loads, plan and run.

#include <cstdint>

#include "tests/support/exercise.h"
#include "tests/support/model_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy: exactly as long, and aligned as the library asks.
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  qrun::test::exercise(qrun::test::Bytes(bytes, bytes + size));
  return 0;
}
