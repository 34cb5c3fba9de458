// The weights of a panel where products are added up in int16, in chains of a few steps, before int32.
//
// A product's activation is in [-128, 127]. So the sum of products in an int16 lane fits where the magnitudes of their
// weights add up to at most 255: 255 * 128 < 2^15. Two products always do but those of two weights of -128; of trained
// weights mostly four do, and often eight. A chain is as long as pays for the panel: where the weights of a lane are
// too large together, the last of them are cut, and their steps come again, as extra steps, with what was cut off.
// Weights less their zero point that do not fit int8 (weights.inl) are cut likewise.
//
// A step is KR activations deep, and a lane of int16 adds up every eighth of them: KR / 8 products a step.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/gemm/shape.inl"
#include "kernels/gemm/weights.inl"

namespace qrun::kernels {
namespace {

// How many of `steps` that are left of a run the next chain takes: a power of two.
inline std::int32_t chain_of(std::int32_t steps, std::int32_t longest) {
  while (longest > steps) longest /= 2;
  return longest;
}

// As PanelWeights, whose place it takes in packing.
template <class Isa>
class ChainedWeights {
 public:
  ChainedWeights(const ConvParams& params, const ConvConstants& source, const GemmShape<Isa>& shape, const Panel& panel,
                 std::int32_t first_channel)
      : whole_(params, source, shape, panel, first_channel),
        shape_(shape),
        row_bytes_(static_cast<std::size_t>(shape.runs) * static_cast<std::size_t>(shape.run_length)),
        first_(source.weights + static_cast<std::size_t>(first_channel) * row_bytes_),
        flip_(source.weights_flip),
        zero_point_(params.weight_zero_point),
        columns_(panel.columns) {
    std::int64_t least = cost();
    for (std::int32_t longest = Isa::kMaxChain / 2; longest >= 1; longest /= 2) {
      const std::int32_t best = chain_;
      chain_ = longest;
      const std::int64_t other = cost();
      if (other >= least) {
        chain_ = best;
        break;
      }
      least = other;
    }
  }

  std::int32_t chain() const { return chain_; }
  std::size_t step_bytes() const { return whole_.step_bytes(); }
  std::uint32_t sum(std::int32_t column) const { return whole_.sum(column); }

  void write_run(std::int32_t run, std::int8_t* steps) const {
    for_each_chain([&](std::int32_t depth, std::int32_t length) {
      Rest rest(*this, run, depth, length);
      rest.take(0, length, steps, step_bytes());
      steps += static_cast<std::size_t>(length) * step_bytes();
    });
  }

  // `term` counts a step's extra steps from 1.
  void write_step(std::int32_t run, std::int32_t depth, int term, std::int8_t* step) const {
    for_each_chain([&](std::int32_t first, std::int32_t length) {
      const std::int32_t number = (depth - first) / Isa::kKr;
      if (depth < first || number >= length) return;
      Rest rest(*this, run, first, length);
      rest.take(0, length);
      for (int i = 1; i < term; ++i) rest.take(number, 1);
      rest.take(number, 1, step, step_bytes());
    });
  }

  template <class Visit>
  void for_each_extra_step(Visit visit) const {
    for (std::int32_t run = 0; run < shape_.runs; ++run) {
      for_each_chain([&](std::int32_t depth, std::int32_t length) {
        Rest rest(*this, run, depth, length);
        if (!rest.take(0, length)) return;
        for (std::int32_t step = 0; step < length; ++step) {
          for (int term = 1; rest.any(step); ++term) {
            visit(run, depth + step * Isa::kKr, term);
            rest.take(step, 1);
          }
        }
      });
    }
  }

  std::int32_t count_extra_steps() const {
    std::int32_t count = 0;
    for_each_extra_step([&](std::int32_t, std::int32_t, int) { ++count; });
    return count;
  }

 private:
  static constexpr int kSums = 8;  // int16 lanes
  static constexpr std::int16_t kRoom = 255;
  static constexpr int kMostColumns =
      Isa::kLanes * (Isa::kMaxVectors > Isa::kMaxVectorsOfOneRow ? Isa::kMaxVectors : Isa::kMaxVectorsOfOneRow);

  // What is left to be multiplied of the weights of a chain's steps.
  class Rest {
   public:
    Rest(const ChainedWeights& weights, std::int32_t run, std::int32_t depth, std::int32_t length)
        : columns_(weights.columns_) {
      std::memset(rest_, 0, sizeof(rest_));
      const std::uint8_t* column = weights.first_ + std::ptrdiff_t{run} * weights.shape_.run_length + depth;
      const std::int32_t left = weights.shape_.run_length - depth;
      const std::int32_t count = left < length * Isa::kKr ? left : length * Isa::kKr;
      for (std::int32_t c = 0; c < columns_; ++c, column += weights.row_bytes_) {
        for (std::int32_t k = 0; k < count; ++k) {
          const auto weight = static_cast<std::int8_t>(column[k] ^ weights.flip_);
          rest_[k / Isa::kKr][c][k % Isa::kKr] = static_cast<std::int16_t>(weight - weights.zero_point_);
        }
      }
    }

    // Takes what fits a chain of `length` steps from `first`, and writes it to `steps` if given. Returns whether
    // anything is left of them.
    bool take(std::int32_t first, std::int32_t length, std::int8_t* steps = nullptr, std::size_t step_bytes = 0) {
      std::int16_t room[kMostColumns][kSums];
      for (auto& column : room) {
        for (std::int16_t& lane : column) lane = kRoom;
      }
      int left = 0;
      for (std::int32_t step = first; step < first + length; ++step) {
        for (std::int32_t c = 0; c < columns_; ++c) {
          std::int8_t terms[Isa::kKr];
          left |= take_terms(rest_[step][c], room[c], terms);
          if (steps != nullptr) std::memcpy(steps + c * Isa::kKr, terms, sizeof(terms));
        }
        if (steps != nullptr) steps += step_bytes;
      }
      return left != 0;
    }

    bool any(std::int32_t step) const {
      int bits = 0;
      for (std::int32_t c = 0; c < columns_; ++c) {
        for (const std::int16_t rest : rest_[step][c]) bits |= rest;
      }
      return bits != 0;
    }

   private:
    // Of one column and step. Returns bits of what is left.
    static int take_terms(std::int16_t (&rest)[Isa::kKr], std::int16_t (&room)[kSums], std::int8_t (&terms)[Isa::kKr]) {
      int left = 0;
      for (int half = 0; half < Isa::kKr; half += kSums) {
        for (int lane = 0; lane < kSums; ++lane) {
          const std::int16_t wish = rest[half + lane], most = room[lane];
          const std::int16_t up = most < 127 ? most : std::int16_t{127};
          const std::int16_t down = static_cast<std::int16_t>(most < 128 ? -most : -128);
          const std::int16_t term = wish > up ? up : wish < down ? down : wish;
          room[lane] = static_cast<std::int16_t>(most - (term < 0 ? -term : term));
          rest[half + lane] = static_cast<std::int16_t>(wish - term);
          terms[half + lane] = static_cast<std::int8_t>(term);
          left |= wish - term;
        }
      }
      return left;
    }

    std::int32_t columns_;
    std::int16_t rest_[Isa::kMaxChain][kMostColumns][Isa::kKr];
  };

  // Calls visit(depth, steps) for the chains of a run.
  template <class Visit>
  void for_each_chain(Visit visit) const {
    const auto end = static_cast<std::int32_t>(shape_.run_depth);
    for (std::int32_t depth = 0, length; depth < end; depth += length * Isa::kKr) {
      length = chain_of((end - depth) / Isa::kKr, chain_);
      visit(depth, length);
    }
  }

  // Of two rows by four columns, in vector instructions: KR a step, 8 to end a chain; about 40 an extra step.
  std::int64_t cost() const {
    std::int64_t chains = 0;
    for_each_chain([&](std::int32_t, std::int32_t) { ++chains; });
    const auto steps = static_cast<std::int64_t>(shape_.depth / Isa::kKr);
    return steps * Isa::kKr + chains * shape_.runs * 8 + std::int64_t{count_extra_steps()} * 40;
  }

  PanelWeights<Isa> whole_;
  const GemmShape<Isa>& shape_;
  std::size_t row_bytes_;
  const std::uint8_t* first_;
  std::uint8_t flip_;
  std::int32_t zero_point_;
  std::int32_t columns_;
  std::int32_t chain_ = Isa::kMaxChain;
};

}  // namespace
}  // namespace qrun::kernels
