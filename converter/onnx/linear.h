// Linear operators on reals, for nodes in either form.

#pragma once

#include <optional>

#include "converter/onnx/node_reader.h"

namespace qrun::converter {

// Convolution of x [N,C,L] or [N,C,H,W] by the node's attributes. Weights [O,C/group,...], bias [O].
Value convolve(NodeReader& reader, const Value& x, const Value& weights, const std::optional<Value>& bias);

// x [...,K] times weights [K,N], or [N,K] where they are `transposed`.
Value multiply(NodeReader& reader, const Value& x, const Value& weights, bool transposed,
               const std::optional<Value>& bias = std::nullopt);

// a * x + b per channel, axis 1.
Value scale_channels(NodeReader& reader, const Value& x, const std::vector<float>& a, const std::vector<float>& b);

// The value with an axis of extent 1 more, or one of these less; nothing moves.
Value with_axis(NodeReader& reader, const Value& value, std::size_t axis);
Value without_axis(NodeReader& reader, const Value& value, std::size_t axis);

}  // namespace qrun::converter
