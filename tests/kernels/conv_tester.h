// A convolution described in a line and checked against the reference kernel of the row's storage domain, byte by byte:
//
//   ConvTester(row, seed).input(7, 5, 3).kernel(3, 3).stride(2, 2).padding(1, 1).output_channels(20).test();
//
// Whatever is not said is drawn at random or 1. Operands lie at the edge of unmapped pages; the call is made at once
// and cut into ranges at random places. Every convolution kernel of the row that accepts the shape is tested.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "kernels/kernels.h"
#include "tests/kernels/guarded_buffer.h"
#include "tests/kernels/random.h"

namespace qrun::kernels::testing {

class ConvTester {
 public:
  ConvTester(const Row& row, std::uint32_t seed);

  ConvTester& batch(std::int32_t n) { return set(params_.batch, n); }
  ConvTester& input(std::int32_t height, std::int32_t width, std::int32_t channels);
  ConvTester& kernel(std::int32_t height, std::int32_t width);
  ConvTester& stride(std::int32_t height, std::int32_t width);
  ConvTester& dilation(std::int32_t height, std::int32_t width);
  // Before and after the image alike.
  ConvTester& padding(std::int32_t height, std::int32_t width);
  ConvTester& output_channels(std::int32_t n) { return set(params_.output_channels, n); }
  // Of as many channels as the input has.
  ConvTester& depthwise() { return set(depthwise_, true); }
  // Channels, given before, are those of one group.
  ConvTester& groups(std::int32_t n) { return set(params_.groups, n); }
  ConvTester& weight_zero_point(std::int32_t z) { return set(params_.weight_zero_point, z); }
  // The output's range about its zero point: relu() is clamp(0, 255).
  ConvTester& clamp(std::int32_t below, std::int32_t above);
  ConvTester& relu() { return clamp(0, 255); }
  // As most activations are quantized: the zero point is the lowest number, and saturation all that clamps.
  ConvTester& saturating();
  ConvTester& no_bias() { return set(has_bias_, false); }
  ConvTester& per_tensor() { return set(per_tensor_, true); }
  // All activations, all weights: one value.
  ConvTester& inputs(std::int32_t stored_byte) { return set(input_value_, stored_byte); }
  ConvTester& weights(std::int32_t value) { return set(weight_value_, value); }
  // The drawn activations, stored bytes, changed by their number in the tensor.
  using Inputs = std::function<std::uint8_t(std::size_t index, std::uint8_t drawn)>;
  ConvTester& inputs(Inputs inputs) { return set(change_input_, std::move(inputs)); }
  // The drawn weights, changed by the number of their output channel.
  using Weights = std::function<std::int8_t(std::int32_t channel, std::int8_t drawn)>;
  ConvTester& weights(Weights weights) { return set(change_weight_, std::move(weights)); }
  // The rounding, which is drawn where neither it nor the constants are given.
  ConvTester& rounding(Rounding rounding) { return set(rounding_, std::optional(rounding)); }
  // Each channel's rescale and bias, given its number.
  using Constants = std::function<void(std::int32_t channel, Rescale& rescale, std::int32_t& bias)>;
  ConvTester& constants(Constants constants) { return set(constants_, std::move(constants)); }

  // Rounded once, with ties: every weight is 0, the accumulators are the biases, and in one channel of `every` most lie
  // on exact halves; in the others, next to halves that no accumulator meets.
  ConvTester& ties(std::int32_t shift, std::int32_t every);

  // Besides the ranges of test(), all cuts into two.
  ConvTester& cut_everywhere() { return set(cut_everywhere_, true); }

  void test();

 private:
  template <class Field, class Value>
  ConvTester& set(Field& field, Value value) {
    field = std::move(value);
    return *this;
  }

  void fill();
  const ConvKernel* const* candidates(const Row& row) const { return depthwise_ ? row.depthwise : row.conv; }
  // Units from one cut to the next at a time; the cuts end with all units.
  std::vector<std::uint8_t> run(const ConvKernel& kernel, const std::vector<std::int32_t>& cuts);
  // Some output rows at a time, each time with no more rows of the input than kernels.h grants.
  std::vector<std::uint8_t> run_by_rows(const ConvKernel& kernel);
  ConvConstants source() const;
  void pack(const ConvKernel& kernel, GuardedBuffer& packed) const;
  void expect_equal(const std::vector<std::uint8_t>& actual, const std::vector<std::uint8_t>& expected,
                    const char* kernel) const;

  const Row& row_;
  const std::uint32_t seed_;
  Random random_;
  ConvParams params_ = {};
  std::int32_t pad_bottom_ = 0, pad_right_ = 0;
  bool has_bias_ = true, per_tensor_ = false, depthwise_ = false, cut_everywhere_ = false;
  std::int32_t input_value_ = kRandomValue, weight_value_ = kRandomValue;
  Inputs change_input_;
  Weights change_weight_;
  Constants constants_;
  std::optional<Rounding> rounding_;
  std::vector<std::uint8_t> input_, weights_;
  std::vector<std::int32_t> bias_;
  std::vector<Rescale> rescales_;
  std::vector<std::uint32_t> bounds_;

  static constexpr std::int32_t kRandomValue = 1000;
};

}  // namespace qrun::kernels::testing
