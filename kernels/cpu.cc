#include "kernels/cpu.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

#include <cstdint>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace qrun::kernels {

#if defined(__x86_64__) || defined(__i386__)
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
#if defined(__x86_64__) && defined(__linux__)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

}  // namespace

bool cpu_has_avx2() { return os_saves(kYmmState) && bit(cpuid(7, 0).ebx, 5); }

bool cpu_has_avx_vnni() { return cpu_has_avx2() && bit(extended_features().eax, 4); }

bool cpu_has_avx512_vnni() {
  const Registers features = cpuid(7, 0);
  const bool f = bit(features.ebx, 16), dq = bit(features.ebx, 17), bw = bit(features.ebx, 30);
  const bool vl = bit(features.ebx, 31), vnni = bit(features.ecx, 11);
  return os_saves(kZmmState) && cpu_has_avx2() && f && dq && bw && vl && vnni;
}

bool cpu_has_avx512_vbmi() { return cpu_has_avx512_vnni() && bit(cpuid(7, 0).ecx, 1); }

bool cpu_has_amx_int8() {
  const Registers features = cpuid(7, 0);
  return os_saves(kTileState) && cpu_has_avx512_vbmi() && bit(features.edx, 24) && bit(features.edx, 25) &&
         may_use_tiles();
}

#else

bool cpu_has_avx2() { return false; }
bool cpu_has_avx_vnni() { return false; }
bool cpu_has_avx512_vnni() { return false; }
bool cpu_has_avx512_vbmi() { return false; }
bool cpu_has_amx_int8() { return false; }

#endif

}  // namespace qrun::kernels
