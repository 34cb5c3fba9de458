// What becomes of the int32 sums that a tile engine stored: requantized, narrowed and written, two rows at a time.
//
// Why here: a tile engine multiplies so fast that this takes as long as some hundred input channels' products do, but
// on other execution ports. So it waits: the sums of a block stay in memory and are worked off in portions between the
// multiplications of the block after it.

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/pack.inl"

namespace qrun::kernels {
namespace {

// The sums of some rows by one panel of weights, and where their bytes go.
template <class Isa>
struct SumBlock {
  const std::int32_t* sums;  // [rows, rounded up to an even number][NR]
  const typename Isa::Constants* constants;
  const std::int32_t* row_bias;  // as long as sums, or null
  std::uint8_t* output;
  std::size_t output_stride;
  std::int32_t rows, columns;
  Clamp clamp;
};

// Rows [begin, end) of a block. Requires: begin is even.
template <class Isa, Form kForm, int kVectors>
[[gnu::noinline]] void requantize_rows(const SumBlock<Isa>& block, std::int32_t begin, std::int32_t end) {
  using Requantize = typename Isa::template Requantize<kForm>;
  const Requantize requantize[] = {Requantize(block.constants[0]), Requantize(block.constants[kVectors - 1])};
  // Copies: a store of bytes might alias whatever is still in memory, and reload it.
  const Clamp clamp = block.clamp;
  const std::int32_t* const row_bias = block.row_bias;
  const std::size_t stride = block.output_stride;
  const std::int32_t columns = block.columns;
  const std::int32_t* sums = block.sums + std::ptrdiff_t{begin} * kVectors * Isa::kLanes;
  std::uint8_t* output = block.output + static_cast<std::size_t>(begin) * stride;
  for (std::int32_t row = begin; row < end; row += 2, output += 2 * stride) {
    typename Isa::Vector y[2][kVectors];
#pragma GCC unroll 2
    for (int r = 0; r < 2; ++r) {
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v, sums += Isa::kLanes) y[r][v] = Isa::load(sums);
    }
    if (row_bias != nullptr) {
#pragma GCC unroll 2
      for (int r = 0; r < 2; ++r) {
#pragma GCC unroll 2
        for (int v = 0; v < kVectors; ++v) y[r][v] = Isa::add_to_all(y[r][v], row_bias[row + r]);
      }
    }
#pragma GCC unroll 2
    for (int r = 0; r < 2; ++r) {
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) y[r][v] = requantize[v](y[r][v]);
    }
    if (end - row > 1) {
      Isa::template store<2, kVectors>(output, stride, columns, y, clamp);
    } else {
      typename Isa::Vector last[1][kVectors];
      for (int v = 0; v < kVectors; ++v) last[0][v] = y[0][v];
      Isa::template store<1, kVectors>(output, stride, columns, last, clamp);
    }
  }
}

// The block that waits, and room for its sums and the next one's.
template <class Isa>
class Pipeline {
 public:
  static constexpr int kRows = 32, kColumns = 2 * Isa::kLanes;  // of a block, at most
  static constexpr std::size_t kScratchBytes = std::size_t{2} * kRows * kColumns * sizeof(std::int32_t);

  explicit Pipeline(std::uint8_t* scratch) : sums_(reinterpret_cast<std::int32_t*>(scratch)) {}

  // Where the next block's sums go; the waiting block's are elsewhere.
  std::int32_t* next_sums() { return sums_ + turn_ * kRows * kColumns; }

  // How many rows to work off in each of `portions` equal portions; an even number.
  std::int32_t portion(std::int32_t portions) const {
    const std::int32_t pairs = (block_.rows - done_ + 1) / 2;
    return (pairs + portions - 1) / portions * 2;
  }

  void work_off(std::int32_t rows) {
    if (done_ == block_.rows) return;
    const std::int32_t end = block_.rows - done_ < rows ? block_.rows : done_ + rows;
    requantize_(block_, done_, end);
    done_ = end;
  }

  // Hands over the block whose sums are in next_sums(). Requires: all of the block before is worked off.
  void put(const SumBlock<Isa>& block, Form form, int vectors) {
    block_ = block;
    done_ = 0;
    requantize_ = vectors == 1 ? function<1>(form) : function<2>(form);
    turn_ ^= 1;
  }

 private:
  using Function = void (*)(const SumBlock<Isa>&, std::int32_t, std::int32_t);

  template <int kVectors>
  static Function function(Form form) {
    switch (form) {
      case Form::kOnce:
      case Form::kRightShiftClamped:
        return requantize_rows<Isa, Form::kRightShiftClamped, kVectors>;
      case Form::kRightShift:
        return requantize_rows<Isa, Form::kRightShift, kVectors>;
      case Form::kOnceWithTies:
        return requantize_rows<Isa, Form::kOnceWithTies, kVectors>;
      case Form::kAny:
        break;
    }
    return requantize_rows<Isa, Form::kAny, kVectors>;
  }

  std::int32_t* sums_;
  int turn_ = 0;
  SumBlock<Isa> block_ = {};
  std::int32_t done_ = 0;
  Function requantize_ = nullptr;
};

}  // namespace
}  // namespace qrun::kernels
