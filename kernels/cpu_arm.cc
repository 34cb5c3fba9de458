// Features as the operating system tells them: user programs may not read the CPU's own registers of them.

#include "kernels/cpu.h"

#if defined(__linux__)
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>

#include <cstddef>
#endif

namespace qrun::kernels {
namespace {

#if defined(__linux__)

// Bits of the auxiliary vector: older systems' headers lack the newer ones.
#ifdef __aarch64__
constexpr unsigned long kDotProd = 1UL << 20;  // of AT_HWCAP
constexpr unsigned long kI8mm = 1UL << 13;     // of AT_HWCAP2
#else
constexpr unsigned long kNeon = 1UL << 12;  // of AT_HWCAP
#endif

bool has(unsigned long vector, unsigned long bit) { return (getauxval(vector) & bit) != 0; }

#elif defined(__APPLE__)

bool has(const char* feature) {
  int value = 0;
  std::size_t size = sizeof(value);
  return sysctlbyname(feature, &value, &size, nullptr, 0) == 0 && value != 0;
}

#endif

}  // namespace

#ifdef __aarch64__

bool cpu_has_neon() { return true; }
#if defined(__linux__)
bool cpu_has_dotprod() { return has(AT_HWCAP, kDotProd); }
bool cpu_has_i8mm() { return cpu_has_dotprod() && has(AT_HWCAP2, kI8mm); }
#elif defined(__APPLE__)
bool cpu_has_dotprod() { return has("hw.optional.arm.FEAT_DotProd"); }
bool cpu_has_i8mm() { return cpu_has_dotprod() && has("hw.optional.arm.FEAT_I8MM"); }
#else
bool cpu_has_dotprod() { return false; }
bool cpu_has_i8mm() { return false; }
#endif

#elif defined(__linux__)

bool cpu_has_neon() { return has(AT_HWCAP, kNeon); }

#else

bool cpu_has_neon() { return false; }

#endif

}  // namespace qrun::kernels
