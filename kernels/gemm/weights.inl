// The weights of a panel, as packing reads them: less their zero point, in terms that fit int8.
//
// Zero points are folded into the bias, modulo 2^32 (the true sum fits), and into the weights. Less its zero point a
// weight is in [-255, 255] and may not fit int8: it is split in terms that do, and the step it is in comes again, as an
// extra step, with the terms that are left. Such weights are rare, as trained ones seldom reach both ends of the range:
// a layer of MobileNet has one or two. So no sum of activations is needed, which would cost every pixel.

#pragma once

#include <cstddef>
#include <cstdint>

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
        columns_(panel.columns),
        step_bytes_(static_cast<std::size_t>(panel.vectors) * Isa::kLanes * Isa::kKr),
        splits_(any_splits()) {
    for (int byte = 0; byte < 256; ++byte) {
      const std::int32_t weight = static_cast<std::int8_t>(byte ^ flip_) - zero_point_;
      for (int term = 0; term < kMaxTerms; ++term) {
        term_[term][byte] = static_cast<std::int8_t>(weight_term(weight, term));
      }
    }
  }

  std::size_t step_bytes() const { return step_bytes_; }

  // Writes one term of the weights of a step.
  void write_step(std::int32_t run, std::int32_t depth, int term, std::int8_t* step) const {
    const std::int8_t* term_of = term_[term];
    const std::uint8_t* from = at(run, depth);
    const std::int32_t rest = shape_.run_length - depth, count = rest < Isa::kKr ? rest : Isa::kKr;
    for (std::int32_t column = 0; column < columns_; ++column, step += Isa::kKr, from += row_bytes_) {
      for (std::int32_t k = 0; k < count; ++k) step[k] = term_of[from[k]];
    }
  }

  // Calls visit(run, depth, term) for the extra steps.
  template <class Visit>
  void for_each_extra_step(Visit visit) const {
    if (!splits_) return;
    for (std::int32_t run = 0; run < shape_.runs; ++run) {
      for (std::int32_t depth = 0; depth < shape_.run_length; depth += Isa::kKr) {
        const int terms = terms_of_step(run, depth);
        for (int term = 1; term < terms; ++term) visit(run, depth, term);
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

  const std::uint8_t* at(std::int32_t run, std::int32_t depth) const {
    return first_ + static_cast<std::size_t>(run) * static_cast<std::size_t>(shape_.run_length) +
           static_cast<std::size_t>(depth);
  }
  bool any_splits() const {
    if (zero_point_ == 0) return false;
    std::int8_t least = 127, greatest = -128;
    const std::size_t count = static_cast<std::size_t>(columns_) * row_bytes_;
    for (std::size_t i = 0; i < count; ++i) {
      const auto weight = static_cast<std::int8_t>(first_[i] ^ flip_);
      least = weight < least ? weight : least;
      greatest = weight > greatest ? weight : greatest;
    }
    return least - zero_point_ < -128 || greatest - zero_point_ > 127;
  }
  int terms_of_step(std::int32_t run, std::int32_t depth) const {
    const std::uint8_t* from = at(run, depth);
    int terms = 1;
    for (std::int32_t column = 0; column < columns_; ++column, from += row_bytes_) {
      for (std::int32_t k = 0; k < Isa::kKr && depth + k < shape_.run_length; ++k) {
        while (terms < kMaxTerms && term_[terms][from[k]] != 0) ++terms;
      }
    }
    return terms;
  }

  const GemmShape<Isa>& shape_;
  std::size_t row_bytes_;
  const std::uint8_t* first_;
  std::uint8_t flip_;
  std::int32_t zero_point_, columns_;
  std::size_t step_bytes_;
  bool splits_;  // whether a weight has a second term
  std::int8_t term_[kMaxTerms][256];
};

}  // namespace
}  // namespace qrun::kernels
