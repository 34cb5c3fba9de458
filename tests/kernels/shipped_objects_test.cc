// The kernels of the AVX-VNNI and AMX rows as they ship, on a CPU that lacks only these instructions: an emulator
// executes the objects' own. Where the CPU has them, all other tests run the rows natively.

#include <gtest/gtest.h>

#include "kernels/cpu.h"
#include "kernels/kernels.h"
#include "tests/kernels/conv_tester.h"
#include "tests/kernels/instruction_emulator.h"

namespace qrun::kernels::testing {
namespace {

// A random image of a few channels. What the kernel of the row does not do is drawn, too.
ConvTester random_window(const Row& row, std::uint32_t seed) {
  Random random(seed);
  const std::int32_t kernel_height = random.between(1, 4), kernel_width = random.between(1, 4);
  ConvTester tester(row, seed);
  tester.batch(random.between(1, 2))
      .input(random.between(4, 8), random.between(4, 8), random.between(1, 40))
      .kernel(kernel_height, kernel_width)
      .padding(random.between(0, kernel_height - 1), random.between(0, kernel_width - 1))
      .stride(random.between(1, 2), random.between(1, 2));
  if (random.one_in(3)) tester.weight_zero_point(random.between(-127, 127));
  if (random.one_in(2)) tester.relu();
  return tester;
}

void test_conv(const ConvKernel& kernel) {
  Row row = reference_row(Domain::kUInt8);
  row.conv[0] = &kernel;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    random_window(row, seed).output_channels(random.between(1, 50)).groups(random.one_in(4) ? 2 : 1).test();
  }
  for (const std::int32_t rows : {1, 15, 16, 17, 31, 32, 33, 49}) {
    for (const std::int32_t columns : {1, 15, 16, 17, 31, 32, 33}) {
      ConvTester(row, 1).batch(rows).input(1, 1, 70 + columns).output_channels(columns).test();
    }
  }
  for (const std::int32_t weight : {-128, 127}) {
    ConvTester(row, 2).batch(33).input(1, 1, 130).output_channels(33).inputs(255).weights(weight).test();
  }
}

void test_depthwise(const ConvKernel& kernel) {
  Row row = reference_row(Domain::kUInt8);
  row.depthwise[0] = &kernel;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) random_window(row, seed).depthwise().test();
  for (const std::int32_t channels : {16, 32, 64, 80}) {
    ConvTester(row, 3).input(9, 9, channels).kernel(3, 3).padding(1, 1).depthwise().test();
  }
}

TEST(ShippedObjects, AvxVnni) {
  if (cpu_has_avx_vnni() || !cpu_has_avx2()) GTEST_SKIP() << "for a CPU with AVX2 but without AVX-VNNI";
  const InstructionEmulator emulator;
  test_conv(*find_row("avxvnni")->conv[0]);
  EXPECT_GT(InstructionEmulator::executed(), 0);
}

TEST(ShippedObjects, AvxVnniDepthwise) {
  if (cpu_has_avx_vnni() || !cpu_has_avx2()) GTEST_SKIP() << "for a CPU with AVX2 but without AVX-VNNI";
  const InstructionEmulator emulator;
  test_depthwise(*find_row("avxvnni")->depthwise[0]);
  EXPECT_GT(InstructionEmulator::executed(), 0);
}

TEST(ShippedObjects, Amx) {
  if (cpu_has_amx_int8() || !cpu_has_avx512_vnni()) GTEST_SKIP() << "for a CPU with AVX-512 VNNI but without AMX";
  const ConvKernel& kernel = *find_row("amx")->conv[0];
  const InstructionEmulator emulator;
  test_conv(kernel);
  EXPECT_GT(InstructionEmulator::executed(), 0);
  EXPECT_FALSE(InstructionEmulator::tiles_configured()) << "tiles are left to the caller";
}

}  // namespace
}  // namespace qrun::kernels::testing
