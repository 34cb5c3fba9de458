// Lets this process execute the AVX-VNNI and AMX instructions of kernels/ on a CPU that lacks them: while an object of
// this lives, a handler of SIGILL does what vpdpbusd and the tile instructions would have done and goes on behind them.
//
// Why here: the emulated rows test the templates everywhere; this tests the objects that ship, their instructions and
// operands included. Some microseconds an instruction: for small shapes. x86-64 Linux, one thread, one object at a
// time.

#pragma once

#include <cstdint>

namespace qrun::kernels::testing {

class InstructionEmulator {
 public:
  InstructionEmulator();
  ~InstructionEmulator();
  InstructionEmulator(const InstructionEmulator&) = delete;
  InstructionEmulator& operator=(const InstructionEmulator&) = delete;

  // Instructions executed so far.
  static std::int64_t executed();
  // Whether a tile configuration is loaded.
  static bool tiles_configured();
};

}  // namespace qrun::kernels::testing
