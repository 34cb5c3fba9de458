// The weights of a linear operator of integers, output channel by output channel.

#pragma once

#include <vector>

#include "converter/integers/context.h"

namespace qrun::converter::integral {

// The entry of a channel, in a list of one for all of them or of one each.
template <class Value>
Value of_channel(const std::vector<Value>& values, std::size_t channel) {
  return values[values.size() == 1 ? 0 : channel];
}

class ChannelWeights {
 public:
  // Of a convolution, depthwise convolution or fully connected operator. Refuses weights without a scale, and with
  // scales along another axis than the output channels'. The tensor must outlive this.
  ChannelWeights(const Tensor& tensor, const Parameters& parameters);

  std::size_t count() const { return count_; }
  float scale(std::size_t channel) const { return of_channel(tensor_.quantization.scales, channel); }
  bool has_one_zero_point() const;

  // What the products of a channel's weights with x, less the zero points of both, can sum to at most.
  std::int64_t greatest_sum(std::size_t channel, const Quantization& x) const;

  // A new constant: the weights for a factor per channel, or one for all. Negative ones turn the weights' signs, zeros
  // clear them and give the channel the scale `resolution`. All channels then share one zero point, which is 0 where it
  // can be. Refuses weights that do not fit 8 bits so.
  TensorId scaled(Context& context, const std::vector<double>& factors, float resolution) const;

 private:
  // Calls visit(channel, place, weight less its zero point).
  template <class Visit>
  void each_weight(Visit visit) const;
  std::int64_t common_zero_point(const std::vector<int>& signs) const;

  const Tensor& tensor_;
  std::size_t axis_, count_, inner_ = 1;  // inner: elements of one channel that stand in a row
};

}  // namespace qrun::converter::integral
