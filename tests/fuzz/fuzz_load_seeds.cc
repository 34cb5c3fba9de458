// One file per sample model.

#include "tests/fuzz/seeds.h"
#include "tests/support/sample_models.h"

namespace qrun::test {

std::vector<Seed> seeds() {
  std::vector<Seed> result;
  for (const SampleModel& sample : sample_models()) {
    const Bytes bytes = finish(sample.build().model);
    const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    result.push_back({std::string(sample.name) + ".qfb", {begin, begin + bytes.size()}});
  }
  return result;
}

}  // namespace qrun::test
