#include "tests/kernels/instruction_emulator.h"

#include <signal.h>
#include <ucontext.h>

#include <cstddef>
#include <cstring>

// Encodings and meanings: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.

namespace qrun::kernels::testing {
namespace {

struct Instruction {
  int prefix;  // 0 none, 1 66, 2 F3, 3 F2
  int opcode;  // in map 0F38
  int reg, rm, vvvv;
  bool wide;  // VEX.L: 256 bits
  bool memory;
  std::uintptr_t base, index;  // of the memory operand: the displaced base, the scaled index
  std::size_t length;
};

struct Tiles {
  std::uint8_t configuration[64];  // palette, start row, 14 reserved; 16 words: bytes of a row; 16 bytes: rows
  std::uint8_t bytes[8][16][64];

  bool configured() const { return configuration[0] == 1; }
  int rows(int tile) const { return configuration[48 + tile]; }
  int row_bytes(int tile) const { return configuration[16 + 2 * tile]; }
};

Tiles tiles;
std::int64_t instructions;
struct sigaction previous;

constexpr int kRegisters[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                              REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

// A three-byte VEX prefix, map 0F38, and its operands.
bool decode(const ucontext_t& context, Instruction& result) {
  const auto value = [&](int i) { return static_cast<std::uintptr_t>(context.uc_mcontext.gregs[kRegisters[i]]); };
  const auto* const start = reinterpret_cast<const std::uint8_t*>(context.uc_mcontext.gregs[REG_RIP]);
  if (start[0] != 0xC4 || (start[1] & 0x1F) != 2) return false;
  const int r = (start[1] & 0x80) == 0 ? 8 : 0, x = (start[1] & 0x40) == 0 ? 8 : 0, b = (start[1] & 0x20) == 0 ? 8 : 0;
  const int mod = start[4] >> 6, low = start[4] & 7;
  const std::uint8_t* next = start + 5;
  result = {};
  result.prefix = start[2] & 3;
  result.wide = (start[2] & 4) != 0;
  result.vvvv = ~start[2] >> 3 & 15;
  result.opcode = start[3];
  result.reg = (start[4] >> 3 & 7) | r;
  result.rm = low | b;
  result.memory = mod != 3;
  if (result.memory) {
    int base = low;
    if (low == 4) {
      const std::uint8_t sib = *next++;
      base = sib & 7;
      const int index = (sib >> 3 & 7) | x;
      if (index != 4) result.index = value(index) << (sib >> 6);
    }
    const bool absolute = base == 5 && mod == 0;  // or relative to the next instruction
    if (!absolute) result.base = value(base | b);
    std::int32_t displacement = 0;
    if (mod == 1) {
      displacement = static_cast<std::int8_t>(*next++);
    } else if (mod == 2 || absolute) {
      std::memcpy(&displacement, next, 4);
      next += 4;
    }
    result.base += static_cast<std::uintptr_t>(std::intptr_t{displacement});
    if (absolute && low == 5) result.base += reinterpret_cast<std::uintptr_t>(next);
  }
  result.length = static_cast<std::size_t>(next - start);
  return true;
}

// The dot products of four unsigned by four signed bytes, added to 32-bit sums.
void dot4(std::uint8_t* sums, const std::uint8_t* a, const std::uint8_t* b) {
  std::uint32_t sum;
  std::memcpy(&sum, sums, 4);
  for (int k = 0; k < 4; ++k) sum += static_cast<std::uint32_t>(a[k] * static_cast<std::int8_t>(b[k]));
  std::memcpy(sums, &sum, 4);
}

// A ymm register in the frame that the kernel restores on return: XSAVE's standard layout.
struct YmmRegister {
  std::uint8_t *low, *high;

  YmmRegister(const ucontext_t& context, int number) {
    auto* const area = reinterpret_cast<std::uint8_t*>(context.uc_mcontext.fpregs);
    low = area + 160 + 16 * number;
    high = area + 576 + 16 * number;
    area[512] |= 6;  // XSTATE_BV: both parts are valid
  }
  void read(std::uint8_t (&bytes)[32]) const {
    std::memcpy(bytes, low, 16);
    std::memcpy(bytes + 16, high, 16);
  }
  void write(const std::uint8_t (&bytes)[32]) const {
    std::memcpy(low, bytes, 16);
    std::memcpy(high, bytes + 16, 16);
  }
};

bool vpdpbusd(const ucontext_t& context, const Instruction& i) {
  std::uint8_t sums[32], a[32], b[32];
  const YmmRegister destination(context, i.reg);
  destination.read(sums);
  YmmRegister(context, i.vvvv).read(a);
  if (i.memory) {
    std::memcpy(b, reinterpret_cast<const void*>(i.base + i.index), 32);
  } else {
    YmmRegister(context, i.rm).read(b);
  }
  for (int lane = 0; lane < 32; lane += 4) dot4(sums + lane, a + lane, b + lane);
  destination.write(sums);
  return true;
}

bool move_tile(const Instruction& i, bool store) {
  if (!tiles.configured() || i.reg > 7) return false;
  const auto bytes = static_cast<std::size_t>(tiles.row_bytes(i.reg));
  std::memset(tiles.bytes[i.reg], 0, store ? 0 : sizeof(tiles.bytes[i.reg]));
  for (int row = 0; row < tiles.rows(i.reg); ++row) {
    auto* const memory = reinterpret_cast<std::uint8_t*>(i.base + static_cast<std::uintptr_t>(row) * i.index);
    std::uint8_t* const tile = tiles.bytes[i.reg][row];
    std::memcpy(store ? memory : tile, store ? tile : memory, bytes);
  }
  return true;
}

bool tdpbusd(const Instruction& i) {
  if (!tiles.configured() || i.reg > 7 || i.rm > 7 || i.vvvv > 7) return false;
  // As the manual asks: three different tiles, of fitting shapes.
  if (i.reg == i.rm || i.reg == i.vvvv || i.rm == i.vvvv) return false;
  if (tiles.rows(i.reg) != tiles.rows(i.rm) || tiles.row_bytes(i.reg) != tiles.row_bytes(i.vvvv) ||
      tiles.row_bytes(i.rm) != 4 * tiles.rows(i.vvvv)) {
    return false;
  }
  for (int m = 0; m < tiles.rows(i.reg); ++m) {
    for (int k = 0; k < tiles.rows(i.vvvv); ++k) {
      for (int n = 0; n < tiles.row_bytes(i.reg); n += 4) {
        dot4(tiles.bytes[i.reg][m] + n, tiles.bytes[i.rm][m] + 4 * k, tiles.bytes[i.vvvv][k] + n);
      }
    }
  }
  return true;
}

bool execute(const ucontext_t& context, const Instruction& i) {
  switch (i.opcode << 8 | i.prefix) {
    case 0x5001:
      return i.wide && vpdpbusd(context, i);
    case 0x4900:  // ldtilecfg, tilerelease
      std::memset(&tiles, 0, sizeof(tiles));
      if (i.memory) std::memcpy(tiles.configuration, reinterpret_cast<const void*>(i.base + i.index), 64);
      return true;
    case 0x4B03:
      return i.memory && move_tile(i, false);
    case 0x4B02:
      return i.memory && move_tile(i, true);
    case 0x5E01:
      return !i.memory && tdpbusd(i);
    default:
      return false;
  }
}

void on_illegal_instruction(int, siginfo_t*, void* raw_context) {
  auto& context = *static_cast<ucontext_t*>(raw_context);
  Instruction instruction;
  if (decode(context, instruction) && execute(context, instruction)) {
    ++instructions;
    context.uc_mcontext.gregs[REG_RIP] += static_cast<greg_t>(instruction.length);
  } else {
    sigaction(SIGILL, &previous, nullptr);  // and again
  }
}

}  // namespace

InstructionEmulator::InstructionEmulator() {
  instructions = 0;
  struct sigaction action = {};
  action.sa_sigaction = on_illegal_instruction;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, &previous);
}

InstructionEmulator::~InstructionEmulator() { sigaction(SIGILL, &previous, nullptr); }

std::int64_t InstructionEmulator::executed() { return instructions; }

bool InstructionEmulator::tiles_configured() { return tiles.configured(); }

}  // namespace qrun::kernels::testing
