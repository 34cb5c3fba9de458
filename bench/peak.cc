#include "bench/peak.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace qrun::bench {
namespace {

constexpr int kLoops = 20000;

// Twelve sums hide the latency of a dot product. Assembly, as a compiler would see that nothing is used.
#if defined(__x86_64__)

#define QRUN_TWELVE(instruction, operands, end)                                                               \
  instruction operands "0" end instruction operands "1" end instruction operands "2" end instruction operands \
                       "3" end instruction operands "4" end instruction operands "5" end instruction operands \
                       "6" end instruction operands "7" end instruction operands "8" end instruction operands \
                       "9" end instruction operands "10" end instruction operands "11" end

__attribute__((target("avx512f,avx512vnni"))) void avx512_vnni() {
  for (int i = 0; i < kLoops; ++i) {
    asm volatile(QRUN_TWELVE("vpdpbusd ", "%%zmm12, %%zmm13, %%zmm", "\n")::
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                       "xmm11");
  }
  asm volatile("vzeroupper");
}

__attribute__((target("avx2"))) void avx_vnni() {
  for (int i = 0; i < kLoops; ++i) {
    asm volatile(QRUN_TWELVE("%{vex%} vpdpbusd ", "%%ymm12, %%ymm13, %%ymm", "\n")::
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                       "xmm11");
  }
  asm volatile("vzeroupper");
}

__attribute__((target("avx2"))) void avx2() {
#define QRUN_MADD(sum) "vpmaddwd %%ymm12, %%ymm13, %%ymm14\nvpaddd %%ymm14, %%ymm" sum ", %%ymm" sum "\n"
  for (int i = 0; i < kLoops; ++i) {
    asm volatile(QRUN_MADD("0") QRUN_MADD("1") QRUN_MADD("2") QRUN_MADD("3") QRUN_MADD("4") QRUN_MADD("5")
                     QRUN_MADD("6") QRUN_MADD("7") QRUN_MADD("8") QRUN_MADD("9") QRUN_MADD("10") QRUN_MADD("11")::
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                           "xmm11", "xmm14");
  }
  asm volatile("vzeroupper");
#undef QRUN_MADD
}
#undef QRUN_TWELVE

// Four tiles of sums, two of each factor, as the kernel uses them.
void amx() {
  struct alignas(64) {
    std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
    std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } whole_tiles;
  asm volatile("ldtilecfg %0\ntilezero %%tmm4\ntilezero %%tmm5\ntilezero %%tmm6\ntilezero %%tmm7\n" ::"m"(whole_tiles));
  for (int i = 0; i < kLoops; ++i) {
    asm volatile(
        "tdpbusd %tmm6, %tmm4, %tmm0\ntdpbusd %tmm7, %tmm4, %tmm1\n"
        "tdpbusd %tmm6, %tmm5, %tmm2\ntdpbusd %tmm7, %tmm5, %tmm3\n");
  }
  asm volatile("tilerelease\n");
}

struct Loop {
  void (*run)();
  double macs;  // of one pass of its body
};

const std::map<std::string, Loop, std::less<>> kLoopOfRow = {
    {"avx2", {avx2, 12 * 16}},
    {"avxvnni", {avx_vnni, 12 * 32}},
    {"avx512vnni", {avx512_vnni, 12 * 64}},
    {"avx512vbmi", {avx512_vnni, 12 * 64}},
    {"amx", {amx, 4 * 16 * 16 * 64}},
};

#else

struct Loop {
  void (*run)();
  double macs;
};
const std::map<std::string, Loop, std::less<>> kLoopOfRow;

#endif

double measure(const Loop& loop) {
  using Clock = std::chrono::steady_clock;
  double least = 1e9;
  for (int i = 0; i < 40; ++i) {
    const Clock::time_point start = Clock::now();
    loop.run();
    least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return kLoops * loop.macs / least;
}

}  // namespace

double peak_macs_per_second(std::string_view row) {
  static std::map<std::string, double, std::less<>> measured;
  const auto loop = kLoopOfRow.find(row);
  if (loop == kLoopOfRow.end()) return 0;
  const auto [found, is_new] = measured.try_emplace(std::string(row), 0.0);
  if (is_new) found->second = measure(loop->second);
  return found->second;
}

}  // namespace qrun::bench
