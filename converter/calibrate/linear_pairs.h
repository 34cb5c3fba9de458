// Linear layers that follow each other so closely that what one's output channels are multiplied by, the other's
// weights can be divided by: nothing stands between them but functions, pools, means and movements of channels as a
// whole.

#pragma once

#include <cstddef>
#include <vector>

#include "converter/graph.h"

namespace qrun::converter::calibrate {

// The weights of a Conv2D, DepthwiseConv2D or FullyConnected: float32 constants that nothing else reads. Its bias is
// such a constant too, or absent.
struct LinearLayer {
  std::size_t op;  // index
  TensorId weights, bias;

  std::size_t outputs, output_stride;    // weight i is of output channel i / output_stride % outputs
  std::size_t inputs, input_repeats;     // and of input channel i / input_repeats % inputs of its group
  std::size_t groups, outputs_in_group;  // more than 1 group only of Conv2D

  std::size_t output_channel(std::size_t i) const { return i / output_stride % outputs; }
  // Of what the layer reads. FullyConnected may join several positions to one row, in which channels repeat, or stand
  // in runs where the row is a transposed image.
  std::size_t input_channel(std::size_t i) const {
    return output_channel(i) / outputs_in_group * inputs + i / input_repeats % inputs;
  }
};

// `second` reads what `first` computes, through nothing but functions f of channels with f(x / s) = f(x) / s for every
// s > 0, once what some of them add is divided by s, channel by channel.
struct LinearPair {
  std::size_t first, second;      // indices of layers
  std::vector<TensorId> addends;  // constants; element i is of channel i % channels
};

struct LinearPairs {
  std::vector<LinearLayer> layers;  // those in pairs
  std::vector<LinearPair> pairs;    // in order of execution; each layer is first in one at most, and second
};

LinearPairs find_linear_pairs(const Graph& graph);

}  // namespace qrun::converter::calibrate
