// Any bytes as a source of the converter: it gives a file that the runtime loads, plans and runs, or one Refusal.
//
// The first byte says as which format the rest is read, an odd one as .onnx.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "converter/convert.h"
#include "converter/refusal.h"
#include "tests/support/exercise.h"

namespace {

// Lines that a person reads: some text, and one line.
void check_line(const std::string& line) {
  if (line.empty() || line != qrun::converter::one_line(line)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // A copy: exactly as long, and aligned as the converter asks.
  const std::vector<std::uint8_t> bytes(data + 1, data + size);
  try {
    const auto result = qrun::converter::convert({bytes, data[0] % 2 == 0 ? "fuzz.tflite" : "fuzz.onnx"}, {});
    if (!qrun::test::exercise(result.file)) std::abort();
    for (const std::string& note : result.notes) check_line(note);
  } catch (const qrun::converter::Refusal& refusal) {
    check_line(refusal.what());
    for (const std::string& offender : refusal.offenders()) check_line(offender);
  }
  return 0;
}
