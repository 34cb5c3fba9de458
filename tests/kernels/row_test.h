// What the tests of every kernel family share: they run for each row of the table that this CPU has, and make each call
// in every way that the interface allows.
//
// Test data are in the int8 domain. `stored` brings bytes and zero points into the row's domain and `loaded` back, so
// one naive implementation judges the rows of both.

#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "tests/kernels/random.h"

namespace qrun::kernels::testing {

// A kernel call with its data, in the row's domain.
struct Call {
  KernelFunction kernel;
  const void* params;
  std::int32_t units;
  std::vector<std::vector<std::uint8_t>> inputs;
  std::vector<std::uint8_t> constant;
  std::size_t scratch_bytes = 0;
  std::vector<std::uint8_t> output;  // what the output holds before: as long as the result
};

class RowTest : public ::testing::TestWithParam<const Row*> {
 protected:
  static const Row& row() { return *GetParam(); }

  // What is added to an int8 number to store it.
  static std::int32_t domain_offset() { return row().domain == Domain::kInt8 ? 0 : 128; }
  static std::vector<std::uint8_t> stored(const std::vector<std::int8_t>& values);
  static Clamp stored(Clamp range) { return {range.min + domain_offset(), range.max + domain_offset()}; }
  static std::vector<std::int8_t> loaded(const std::vector<std::uint8_t>& bytes);

  // The output of the call made at once. Fails the test where the call in several ranges, in any order, gives other
  // bytes, or where it writes outside its output.
  static std::vector<std::uint8_t> run(const Call& call, Random& random);

  // Fails the test where the call with the output in the place of input `index` gives other bytes than `expected`.
  static void expect_in_place(const Call& call, std::size_t index, const std::vector<std::uint8_t>& expected,
                              Random& random);
};

// A value that no kernel leaves by chance, for outputs before the call.
inline std::vector<std::uint8_t> unwritten(std::size_t size) { return std::vector<std::uint8_t>(size, 0xA5); }

template <class Value>
std::vector<std::uint8_t> bytes_of(const std::vector<Value>& values) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
  return {bytes, bytes + values.size() * sizeof(Value)};
}

// Softmax's constant.
std::vector<std::uint8_t> exponentials(Rescale rescale, std::int32_t diff_min);

// The rows that this CPU can run, those of them with a kernel that rows may leave null, and the test name of one.
std::vector<const Row*> available_rows();
std::vector<const Row*> available_rows_with(KernelFunction Row::*kernel);
std::string row_name(const ::testing::TestParamInfo<const Row*>& info);

}  // namespace qrun::kernels::testing

#define QRUN_TEST_EVERY_ROW(Fixture) \
  INSTANTIATE_TEST_SUITE_P(Rows, Fixture, ::testing::ValuesIn(available_rows()), row_name)

// There may be none.
#define QRUN_TEST_ROWS_WITH(kernel, Fixture)              \
  GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Fixture); \
  INSTANTIATE_TEST_SUITE_P(Rows, Fixture, ::testing::ValuesIn(available_rows_with(&Row::kernel)), row_name)
