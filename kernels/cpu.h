// What this CPU and operating system can run. On other architectures every answer about x86 is no.
//
// A feature counts only where the operating system also saves its registers at a context switch (XGETBV): an
// instruction that exists but whose registers are not enabled faults.

#pragma once

namespace qrun::kernels {

bool cpu_has_avx2();
bool cpu_has_avx_vnni();     // vpdpbusd on 256-bit registers, VEX encoded
bool cpu_has_avx512_vnni();  // F, BW, VL, DQ and VNNI
bool cpu_has_avx512_vbmi();  // these and VBMI: Ice Lake, Zen 4
bool cpu_has_amx_int8();     // these and tiles; asks the operating system for permission to use them in this process

}  // namespace qrun::kernels
