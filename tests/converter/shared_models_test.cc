// Models that are not part of the project: which convert, and what the others are told. That the converted ones
// compute the reference's bytes is tests/golden's.

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <set>

#include "converter/convert.h"
#include "converter/refusal.h"
#include "tests/converter/shared_data.h"

namespace qrun::converter {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::vector<fs::path> models_below(const fs::path& folder) {
  std::set<fs::path> sorted;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (format_of(entry.path().filename().string()) == Format::kTflite) sorted.insert(entry.path());
  }
  return {sorted.begin(), sorted.end()};
}

Conversion convert_path(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  return convert({{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, path.filename().string()}, {});
}

void expect_refusal_of_reals(const fs::path& path) {
  try {
    convert_path(path);
    ADD_FAILURE() << "converted, but it computes with real numbers";
  } catch (const Refusal& refusal) {
    EXPECT_THAT(refusal.what(), HasSubstr("the network is not quantized: give samples of its inputs with --calibrate"));
  }
}

TEST(SharedModels, IntegerOnesConvertAndFloatOnesAreRefused) {
  const fs::path folder = test::shared_data() / "models";
  if (!fs::exists(folder)) GTEST_SKIP() << "SKIPPED: no " << folder;
  int converted = 0;
  for (const fs::path& path : models_below(folder)) {
    SCOPED_TRACE(path);
    if (path.stem().string().find("fp32") != std::string::npos) {
      expect_refusal_of_reals(path);
    } else {
      EXPECT_NO_THROW(convert_path(path));
      ++converted;
    }
  }
  EXPECT_EQ(converted, 13);
}

TEST(SharedModels, EverySingleOperatorConverts) {
  for (const char* name : {"ops", "ops_threshold"}) {
    const fs::path folder = test::shared_data() / name;
    if (!fs::exists(folder)) GTEST_SKIP() << "SKIPPED: no " << folder;
    for (const fs::path& path : models_below(folder)) {
      SCOPED_TRACE(path);
      EXPECT_NO_THROW(convert_path(path));
    }
  }
}

}  // namespace
}  // namespace qrun::converter
