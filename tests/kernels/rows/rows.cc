// The list of rows in tests: the library's, then rows that emulate instructions which this machine may lack, and rows
// of odd layouts. They are chosen by name only. With QRUN_TEST_ROWS=library in the environment the list is the
// library's: the others are the same on every CPU of a build, and under an emulator most of the time is theirs.

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/kernels.h"
#include "tests/kernels/rows/test_kernels.h"

namespace qrun::kernels {
namespace {

// `kernels` with one better convolution kernel.
Row test_row(std::string_view name, const Row& kernels, const ConvKernel& conv) {
  Row row = kernels;
  row.name = name;
  row.available = [] { return true; };
  row.test_only = true;
  std::shift_right(std::begin(row.conv), std::end(row.conv), 1);
  row.conv[0] = &conv;
  return row;
}

std::vector<Row> make_test_rows() {
  const char* which = std::getenv("QRUN_TEST_ROWS");
  if (which != nullptr && which == std::string_view("library")) return {};
  const Row &int8 = reference_row(Domain::kInt8), &uint8 = reference_row(Domain::kUInt8);
  std::vector<Row> rows = {
      test_row("odd_i8", int8, kConvOddInt8),
      test_row("odd_u8", uint8, kConvOddUInt8),
      test_row("chained", int8, kConvChained),
      test_row("amx_emulated", uint8, kConvAmxEmulated),
  };
#ifdef QRUN_X86_ROWS
  // All else is the real row's: AVX2.
  const auto library = library_rows();
  const auto* real = *std::ranges::find(library, std::string_view("avxvnni"), &Row::name);
  Row& avxvnni = rows.emplace_back(*real);
  avxvnni.name = "avxvnni_emulated";
  avxvnni.available = cpu_has_avx2;
  avxvnni.test_only = true;
  avxvnni.conv[0] = &kConvAvxVnniEmulated;
  avxvnni.depthwise[0] = &kDepthwiseAvxVnniEmulated;
#endif
  return rows;
}

std::vector<const Row*> make_list(const std::vector<Row>& test_rows) {
  const auto library = library_rows();
  std::vector<const Row*> list(library.begin(), library.end());
  for (const Row& row : test_rows) list.push_back(&row);
  return list;
}

}  // namespace

std::span<const Row* const> rows() {
  static const std::vector<Row> test_rows = make_test_rows();
  static const std::vector<const Row*> list = make_list(test_rows);
  return list;
}

}  // namespace qrun::kernels
