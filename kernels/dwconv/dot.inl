// The second stage of a depthwise convolution by lines: dot products along them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/dwconv/finish.inl"
#include "kernels/dwconv/lines.inl"
#include "kernels/dwconv/pack.inl"

namespace qrun::kernels {
namespace {

// The lanes of one group in one strip.
struct GroupCall {
  const std::int32_t* lines;
  const std::ptrdiff_t* offsets;    // of each term's lanes in the lines
  std::int32_t terms;               // of each row's weights
  std::int32_t rows;                // output rows, kRows of them to a row of lines
  std::ptrdiff_t line_row;          // lanes from one to the next
  std::ptrdiff_t first, end, step;  // lanes of the strip: first, first + step, ... < end
  std::uint8_t* output;             // of lane `first`
  std::ptrdiff_t output_step, output_row;
  Clamp clamp;
};

// The terms' weights: in registers where kHeld, else loaded where they are needed.
template <class Isa, int kTerms, int kRows, bool kHeld>
class GroupWeights {
 public:
  using Vector = typename Isa::Vector;

  GroupWeights(const typename Isa::Weight* weights, std::int32_t terms)
      : rows_{weights, kRows == 2 ? weights + terms * kTermWeights<Isa> : weights} {
    if constexpr (kHeld) {
#pragma GCC unroll 16
      for (int i = 0; i < kTerms * kGroupVectors * kRows; ++i) {
        held_[i] = Isa::load(rows_[i % kRows] + i / kRows * kVectorWeights);
      }
    }
  }

  Vector get(int term, int v, int row) const {
    if constexpr (kHeld) return held_[(term * kGroupVectors + v) * kRows + row];
    return Isa::load(rows_[row] + (term * kGroupVectors + v) * kVectorWeights);
  }

 private:
  static constexpr std::ptrdiff_t kVectorWeights = Isa::kLanes * Isa::kTaps;
  const typename Isa::Weight* rows_[2];
  Vector held_[kHeld ? kTerms * kGroupVectors * kRows : 1];
};

// Two outputs of which `rest` lanes each exist: only those are written.
template <class Isa, class Finish>
[[gnu::always_inline]] inline void store_lanes(const Finish& finish, std::uint8_t* const (&to)[2],
                                               const typename Isa::Vector (&first)[kGroupVectors],
                                               const typename Isa::Vector (&second)[kGroupVectors], Clamp range,
                                               const std::ptrdiff_t (&rest)[2]) {
  constexpr std::ptrdiff_t kGroupLanes = DwShape<Isa>::kGroupLanes;
  alignas(64) std::uint8_t bytes[2][kGroupLanes];
  finish.template store<true>(rest[0] >= kGroupLanes ? to[0] : bytes[0], rest[1] >= kGroupLanes ? to[1] : bytes[1],
                              first, second, range, kGroupLanes);
  for (int i = 0; i < 2; ++i) {
    if (rest[i] < kGroupLanes) std::memcpy(to[i], bytes[i], static_cast<std::size_t>(rest[i]));
  }
}

// Two outputs of the same channels at a time share what is loaded: of kRows = 2 rows, which share the line and have
// weights of their own, or of two columns. kTerms: the number of terms, or 0 where it is known at run time only: then
// twice as many columns share each load of weights.
template <class Isa, class Finish, int kTerms, int kRows>
[[gnu::noinline]] void compute_group(const GroupCall& call, const typename Isa::Constants* constants,
                                     const typename Isa::Weight* packed_weights) {
  using Vector = typename Isa::Vector;
  constexpr bool kHeld = kTerms > 0 && kTerms * kRows * kGroupVectors <= Isa::kWeightRegisters;
  constexpr int kColumns = (kTerms == 0 ? 4 : 2) / kRows;
  constexpr int kSecond = kRows == 2 ? 0 : 1;  // columns from an output to the one that is finished with it
  static_assert(kGroupVectors == 2);
  // Copies: a store of bytes might alias whatever is still in memory, and reload it.
  const typename Isa::Bias bias[] = {Isa::load_bias(constants[0].bias), Isa::load_bias(constants[1].bias)};
  const Finish finish(constants);
  const GroupWeights<Isa, kTerms, kRows, kHeld> weights(packed_weights, call.terms);
  std::ptrdiff_t offsets[kTerms + 1];
#pragma GCC unroll 16
  for (int term = 0; term < kTerms; ++term) offsets[term] = call.offsets[term];
  const Clamp range = call.clamp;
  const std::ptrdiff_t end = call.end, step = call.step, output_step = call.output_step;
  for (std::int32_t y = 0; y < call.rows; y += kRows) {
    const bool second_row = y + 1 < call.rows;
    const std::int32_t* lines = call.lines + y / kRows * call.line_row;
    std::uint8_t* output = call.output + y * call.output_row;
    for (std::ptrdiff_t lane = call.first; lane < end; lane += step * kColumns, output += output_step * kColumns) {
      // Where no column is left, the first is computed again.
      std::ptrdiff_t column[kColumns] = {}, output_column[kColumns] = {};
      for (int i = 1; i < kColumns; ++i) {
        const bool there = lane + i * step < end;
        column[i] = there ? i * step : 0;
        output_column[i] = there ? i * output_step : 0;
      }
      Vector sums[kColumns][kRows][kGroupVectors];
      for (auto& column_sums : sums) {
        for (auto& row_sums : column_sums) {
          for (int v = 0; v < kGroupVectors; ++v) row_sums[v] = bias[v];
        }
      }
      const auto add_term = [&](int term, const std::int32_t* line) {
        for (int v = 0; v < kGroupVectors; ++v, line += Isa::kLanes) {
          Vector weight[kRows];
          for (int row = 0; row < kRows; ++row) weight[row] = weights.get(term, v, row);
          for (int i = 0; i < kColumns; ++i) {
            const Vector data = Isa::load(line + column[i]);
            for (int row = 0; row < kRows; ++row) sums[i][row][v] = Isa::dot(sums[i][row][v], data, weight[row]);
          }
        }
      };
#pragma GCC unroll 16
      for (int term = 0; term < kTerms; ++term) add_term(term, lines + offsets[term] + lane);
      if constexpr (kTerms == 0) {
#pragma GCC unroll 4
        for (std::int32_t term = 0; term < call.terms; ++term) add_term(term, lines + call.offsets[term] + lane);
      }
      for (int i = 0; i < kColumns; i += 1 + kSecond) {
        std::uint8_t* to[2] = {output + output_column[i], output + output_column[i + kSecond]};
        std::ptrdiff_t rest[2] = {end - lane - column[i], end - lane - column[i + kSecond]};
        if constexpr (kRows == 2) {
          to[1] += call.output_row;
          if (!second_row) rest[1] = 0;
        }
        store_lanes<Isa>(finish, to, sums[i][0], sums[i + kSecond][kRows - 1], range, rest);
      }
    }
  }
}

template <class Isa, class Finish, bool kRare>
void compute_group(const GroupCall& call, std::int32_t rows, const typename Isa::Constants* constants,
                   const typename Isa::Weight* weights) {
  constexpr int kUsual = kRare ? 0 : Isa::kUsualTerms;
  if (rows == 2) {
    if (call.terms == kUsual) return compute_group<Isa, Finish, kUsual, 2>(call, constants, weights);
    return compute_group<Isa, Finish, 0, 2>(call, constants, weights);
  }
  if constexpr (!Isa::kDirect) {
    if (call.terms == kUsual) return compute_group<Isa, Finish, kUsual, 1>(call, constants, weights);
  }
  compute_group<Isa, Finish, 0, 1>(call, constants, weights);
}

// `packed`: the strip's first group. Returns the group after its last.
template <class Isa>
const std::uint8_t* dot_strip(const ConvParams& p, const DwShape<Isa>& shape, const std::uint8_t* packed,
                              const Strip& strip, const std::int32_t* lines, std::ptrdiff_t* offsets,
                              std::uint8_t* output) {
  for (std::int32_t term = 0; term < shape.max_terms; ++term) {
    const std::int32_t set = term % shape.taps / p.kernel_width;
    const std::int32_t shift = term % shape.taps % p.kernel_width * p.dilation_width;
    offsets[term] = static_cast<std::ptrdiff_t>(set * shape.phases + shift % shape.phases) *
                        static_cast<std::ptrdiff_t>(shape.line_lanes) +
                    std::ptrdiff_t{shift / shape.phases} * strip.channels;
  }
  const bool whole_row = strip.channels == shape.channels;
  const std::int32_t groups = whole_row ? shape.groups : strip.channels / shape.kGroupLanes;
  const std::ptrdiff_t pattern = std::ptrdiff_t{groups} * shape.kGroupLanes;  // lanes from a group to its next place
  GroupCall call{};
  call.lines = lines;
  call.offsets = offsets;
  call.rows = strip.rows;
  call.line_row = shape.row_lanes();
  call.end = std::ptrdiff_t{strip.x_end - strip.x_begin} * shape.spread * strip.channels;
  call.step = pattern * shape.spread;
  call.output_step = whole_row ? pattern : shape.channels;
  call.output_row = std::ptrdiff_t{p.output_width} * p.output_channels;
  call.clamp = p.clamp;
  for (std::int32_t group = 0; group < groups; ++group, packed = next_group(shape, packed)) {
    const auto* header = reinterpret_cast<const GroupHeader*>(packed);
    const auto* constants = reinterpret_cast<const typename Isa::Constants*>(header + 1);
    const auto* weights = reinterpret_cast<const typename Isa::Weight*>(constants + kGroupVectors);
    call.terms = header->terms;
    call.first = std::ptrdiff_t{group} * shape.kGroupLanes;
    call.output = output + call.first;
    with_finish<Isa>(*header, [&](auto type) {
      using Type = decltype(type);
      compute_group<Isa, typename Type::Finish, Type::kRare>(call, shape.rows, constants, weights);
    });
  }
  return packed;
}

}  // namespace
}  // namespace qrun::kernels
