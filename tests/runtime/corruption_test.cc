// Damaged files: whatever is cut off or flipped, loading answers, and what still loads can be planned and run. Under a
// sanitizer this is the proof that nothing reads or writes outside.

#include <gtest/gtest.h>

#include "tests/support/exercise.h"
#include "tests/support/sample_models.h"

namespace qrun::test {
namespace {

class Corruption : public testing::TestWithParam<SampleModel> {};

TEST_P(Corruption, EveryTruncationIsAnswered) {
  const Bytes file = finish(GetParam().build().model);
  for (std::size_t size = 0; size < file.size(); ++size) {
    const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    const bool loads = exercise(cut);
    // The last bytes may be padding.
    if (size + 32 < file.size()) {
      EXPECT_FALSE(loads) << "cut to " << size << " of " << file.size();
    }
  }
}

TEST_P(Corruption, EveryFlippedByteIsAnswered) {
  const Bytes file = finish(GetParam().build().model);
  int refused = 0;
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (const int mask : {0x01, 0x80, 0xFF}) {
      Bytes flipped = file;
      flipped[i] ^= static_cast<std::byte>(mask);
      if (!exercise(flipped)) ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

INSTANTIATE_TEST_SUITE_P(Samples, Corruption, testing::ValuesIn(sample_models().begin(), sample_models().end()),
                         [](const auto& sample) { return sample.param.name; });

}  // namespace
}  // namespace qrun::test
