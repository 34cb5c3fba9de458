// Kernels, strides, dilations and pads as ONNX states them, of one or two spatial axes.

#pragma once

#include <array>

#include "converter/onnx/node_reader.h"

namespace qrun::converter {

struct WindowAxis {
  std::int64_t input, kernel, stride = 1, dilation = 1, pad_before = 0, pad_after = 0;

  std::int64_t reach() const { return (kernel - 1) * dilation + 1; }
  std::int64_t output() const { return (input + pad_before + pad_after - reach()) / stride + 1; }
};

// Rows and columns; of one spatial axis the rows are 1 by 1.
using WindowAxes = std::array<WindowAxis, 2>;

// The node's window on x [N,C,L] or [N,C,H,W], auto_pad and ceil_mode resolved. Refuses other ranks, values that no
// file holds, and outputs without elements.
WindowAxes read_window(const NodeReader& reader, const Value& x, const std::vector<std::int64_t>& kernel);

Window window_of(const WindowAxes& axes);

// Of x as an image [N,C,1,L] where it is [N,C,L].
Value as_image(NodeReader& reader, const Value& x);
// Back to the rank that x had.
Value like_source(NodeReader& reader, const Value& image, const Value& x);

}  // namespace qrun::converter
