// What this CPU and operating system can run. Of other architectures' features nothing is defined: only their rows ask.

#pragma once

namespace qrun::kernels {

// x86 (cpu_x86.cc).
bool cpu_has_avx2();
bool cpu_has_avx_vnni();     // vpdpbusd on 256-bit registers, VEX encoded
bool cpu_has_avx512_vnni();  // F, BW, VL, DQ and VNNI
bool cpu_has_avx512_vbmi();  // these and VBMI: Ice Lake, Zen 4
bool cpu_has_amx_int8();     // these and tiles; asks the operating system for permission to use them in this process

// ARM (cpu_arm.cc).
bool cpu_has_neon();     // always, where ARM has 64 bits
bool cpu_has_dotprod();  // sdot, of 64-bit ARM alone: Cortex-A55, A76
bool cpu_has_i8mm();     // sdot and smmla: Neoverse V1, Cortex-A710

}  // namespace qrun::kernels
