// Features count only where the operating system also saves their registers at a context switch (XGETBV): an
// instruction that exists but whose registers are not enabled faults.

#include <cpuid.h>

#include <cstdint>

#include "kernels/cpu.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace qrun::kernels {

namespace {

struct Registers {
  std::uint32_t eax, ebx, ecx, edx;
};

// All zeros where the CPU does not know the leaf; the subleaf must exist.
Registers cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
  Registers r = {};
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) return {};
  return r;
}

constexpr bool bit(std::uint32_t bits, int index) { return ((bits >> index) & 1) != 0; }

// XCR0's register states that the operating system saves.
enum : std::uint32_t {
  kYmmState = 0x6,       // SSE and AVX
  kZmmState = 0xE6,      // and opmask, upper halves, upper sixteen registers
  kTileState = 0x60006,  // AVX, tile configuration and tile data
};

bool os_saves(std::uint32_t states) {
  if (!bit(cpuid(1, 0).ecx, 27)) return false;  // OSXSAVE: XGETBV may be executed
  std::uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & states) == states;
}

// Leaf 7's subleaf 1 exists where subleaf 0 counts it.
Registers extended_features() { return cpuid(7, 0).eax >= 1 ? cpuid(7, 1) : Registers{}; }

// Tiles are large: Linux saves them for a process only once that has asked, and may refuse. Asking again is harmless.
bool may_use_tiles() {
#ifdef __linux__
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

struct Features {
  bool avx2, avx_vnni, avx512_vnni, avx512_vbmi, amx_int8;
};

Features detect() {
  const Registers leaf7 = cpuid(7, 0);
  Features has = {};
  has.avx2 = os_saves(kYmmState) && bit(leaf7.ebx, 5);
  has.avx_vnni = has.avx2 && bit(extended_features().eax, 4);
  const bool f = bit(leaf7.ebx, 16), dq = bit(leaf7.ebx, 17), bw = bit(leaf7.ebx, 30), vl = bit(leaf7.ebx, 31);
  has.avx512_vnni = os_saves(kZmmState) && has.avx2 && f && dq && bw && vl && bit(leaf7.ecx, 11);
  has.avx512_vbmi = has.avx512_vnni && bit(leaf7.ecx, 1);
  has.amx_int8 = os_saves(kTileState) && has.avx512_vbmi && bit(leaf7.edx, 24) && bit(leaf7.edx, 25) && may_use_tiles();
  return has;
}

// Once a process: a virtual machine's host answers each CPUID instead of the CPU, which takes it tens of microseconds.
const Features& features() {
  static const Features has = detect();
  return has;
}

}  // namespace

bool cpu_has_avx2() { return features().avx2; }
bool cpu_has_avx_vnni() { return features().avx_vnni; }
bool cpu_has_avx512_vnni() { return features().avx512_vnni; }
bool cpu_has_avx512_vbmi() { return features().avx512_vbmi; }
bool cpu_has_amx_int8() { return features().amx_int8; }

}  // namespace qrun::kernels
