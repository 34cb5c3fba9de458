// The weights of a panel, as packing reads them: less their zero point, in terms that fit int8.
//
// Zero points are folded into the bias, modulo 2^32 (the true sum fits), and into the weights. Less its zero point a
// weight is in [-255, 255] and may not fit int8: it is split in terms that do, and the step it is in comes again, as an
// extra step, with the terms that are left. Such weights are rare, as trained ones seldom reach both ends of the range:
// a layer of MobileNet has one or two. So no sum of activations is needed, which would cost every pixel.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/gemm/shape.inl"

namespace qrun::kernels {
namespace {

// Term number `index` of a weight less its zero point, [-255, 255]: the sum of all is the weight, the fourth is 0.
inline std::int32_t weight_term(std::int32_t weight, int index) {
  for (;; --index) {
    const std::int32_t term = weight < -128 ? -128 : weight > 127 ? 127 : weight;
    if (index == 0) return term;
    weight -= term;
  }
}

// The weights of one panel: those of output channels [first_channel, first_channel + panel.columns).
//
// They are read as they lie, a block of a column at a time, in loops over bytes that compilers turn into vectors.
template <class Isa>
class PanelWeights {
 public:
  PanelWeights(const ConvParams& params, const ConvConstants& source, const GemmShape<Isa>& shape, const Panel& panel,
               std::int32_t first_channel)
      : shape_(shape),
        row_bytes_(static_cast<std::size_t>(shape.runs) * static_cast<std::size_t>(shape.run_length)),
        first_(source.weights + static_cast<std::size_t>(first_channel) * row_bytes_),
        flip_(source.weights_flip),
        zero_point_(params.weight_zero_point),
        least_(static_cast<std::int8_t>(zero_point_ > 0 ? zero_point_ - 128 : -128)),
        greatest_(static_cast<std::int8_t>(zero_point_ < 0 ? zero_point_ + 127 : 127)),
        columns_(panel.columns),
        step_bytes_(static_cast<std::size_t>(panel.vectors) * Isa::kLanes * Isa::kKr),
        splits_(zero_point_ != 0 && any_splits(first_, static_cast<std::size_t>(columns_) * row_bytes_)) {}

  std::size_t step_bytes() const { return step_bytes_; }

  // Writes the first terms of a run's weights, step after step.
  void write_run(std::int32_t run, std::int8_t* steps) const {
    for (std::int32_t depth = 0; depth < shape_.run_length; depth += kBlock) {
      const std::uint8_t* from = at(run, depth);
      const std::int32_t count = block_at(depth);
      std::int8_t* to = steps + static_cast<std::size_t>(depth / Isa::kKr) * step_bytes_;
      for (std::int32_t column = 0; column < columns_; ++column, from += row_bytes_, to += Isa::kKr) {
        if (count == kBlock) {
          write_block(from, kBlock, to);
        } else {
          write_block(from, count, to);
        }
      }
    }
  }

  // Writes one term of the weights of a step.
  void write_step(std::int32_t run, std::int32_t depth, int term, std::int8_t* step) const {
    const std::uint8_t* from = at(run, depth);
    const std::int32_t rest = shape_.run_length - depth, count = rest < Isa::kKr ? rest : Isa::kKr;
    for (std::int32_t column = 0; column < columns_; ++column, step += Isa::kKr, from += row_bytes_) {
      for (std::int32_t k = 0; k < count; ++k) step[k] = static_cast<std::int8_t>(term_of(from[k], term));
    }
  }

  // Calls visit(run, depth, term) for the extra steps.
  template <class Visit>
  void for_each_extra_step(Visit visit) const {
    if (!splits_) return;
    for (std::int32_t run = 0; run < shape_.runs; ++run) {
      for (std::int32_t block = 0; block < shape_.run_length; block += kBlock) {
        int terms[kBlockSteps];
        count_terms(run, block, terms);
        for (int step = 0; step < kBlockSteps; ++step) {
          for (int term = 1; term < terms[step]; ++term) visit(run, block + step * Isa::kKr, term);
        }
      }
    }
  }

  std::int32_t count_extra_steps() const {
    std::int32_t count = 0;
    for_each_extra_step([&](std::int32_t, std::int32_t, int) { ++count; });
    return count;
  }

  // The sum of a column's weights, modulo 2^32.
  std::uint32_t sum(std::int32_t column) const {
    const std::uint8_t* row = first_ + static_cast<std::size_t>(column) * row_bytes_;
    std::uint32_t total = 0;
    for (std::size_t k = 0; k < row_bytes_; ++k) {
      total += static_cast<std::uint32_t>(static_cast<std::int8_t>(row[k] ^ flip_));
    }
    return total - static_cast<std::uint32_t>(zero_point_) * static_cast<std::uint32_t>(row_bytes_);
  }

 private:
  static constexpr int kMaxTerms = 3;
  // Weights of a column that are read at once: about a cache line, whole steps.
  static constexpr int kBlockSteps = 64 / Isa::kKr;
  static constexpr std::int32_t kBlock = kBlockSteps * Isa::kKr;

  const std::uint8_t* at(std::int32_t run, std::int32_t depth) const {
    return first_ + static_cast<std::size_t>(run) * static_cast<std::size_t>(shape_.run_length) +
           static_cast<std::size_t>(depth);
  }
  // How many weights of a run are left for the block at `depth`.
  std::int32_t block_at(std::int32_t depth) const {
    return shape_.run_length - depth < kBlock ? shape_.run_length - depth : kBlock;
  }
  std::int32_t term_of(std::uint8_t byte, int term) const {
    return weight_term(static_cast<std::int8_t>(byte ^ flip_) - zero_point_, term);
  }
  // The first terms of some weights of a column, to where it is in their steps. They are less the zero point the
  // weights clamped to [least_, greatest_], which no byte overflows in.
  void write_block(const std::uint8_t* from, std::int32_t count, std::int8_t* to) const {
    const std::int8_t least = least_, greatest = greatest_;
    const std::uint8_t flip = flip_, zero_point = static_cast<std::uint8_t>(zero_point_);
    std::int8_t terms[kBlock];
    for (std::int32_t k = 0; k < count; ++k) {
      const auto weight = static_cast<std::int8_t>(from[k] ^ flip);
      const std::int8_t clamped = weight < least ? least : weight > greatest ? greatest : weight;
      terms[k] = static_cast<std::int8_t>(static_cast<std::uint8_t>(clamped) - zero_point);
    }
    const std::int32_t whole = count / Isa::kKr * Isa::kKr;
    std::int32_t k = 0;
    for (; k < whole; k += Isa::kKr, to += step_bytes_) std::memcpy(to, terms + k, Isa::kKr);
    std::memcpy(to, terms + k, static_cast<std::size_t>(count - whole));
  }
  // Whether any of these has a second term.
  bool any_splits(const std::uint8_t* from, std::size_t count) const {
    std::int8_t least = 127, greatest = -128;
    for (std::size_t i = 0; i < count; ++i) {
      const auto weight = static_cast<std::int8_t>(from[i] ^ flip_);
      least = weight < least ? weight : least;
      greatest = weight > greatest ? weight : greatest;
    }
    return least < least_ || greatest > greatest_;
  }
  // How many terms the steps of a block have.
  void count_terms(std::int32_t run, std::int32_t depth, int (&terms)[kBlockSteps]) const {
    for (int& step_terms : terms) step_terms = 1;
    const std::uint8_t* from = at(run, depth);
    const std::int32_t count = block_at(depth);
    for (std::int32_t column = 0; column < columns_; ++column, from += row_bytes_) {
      if (!any_splits(from, static_cast<std::size_t>(count))) continue;
      for (std::int32_t k = 0; k < count; ++k) {
        int& step_terms = terms[k / Isa::kKr];
        while (step_terms < kMaxTerms && term_of(from[k], step_terms) != 0) ++step_terms;
      }
    }
  }

  const GemmShape<Isa>& shape_;
  std::size_t row_bytes_;
  const std::uint8_t* first_;
  std::uint8_t flip_;
  std::int32_t zero_point_;
  std::int8_t least_, greatest_;  // of the weights that have one term
  std::int32_t columns_;
  std::size_t step_bytes_;
  bool splits_;  // whether a weight has a second term
};

}  // namespace
}  // namespace qrun::kernels
