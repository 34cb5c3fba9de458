// The graph's inputs and outputs, which keep the caller's types and layout.

#pragma once

#include "converter/onnx/builder.h"
#include "onnx.pb.h"

namespace qrun::converter {

// An input of the file's shape or, where the file leaves extents open, of the given one. uint8 stays uint8 outside.
// Refuses shapes that stay open, saying what to give.
Value add_input(Builder& builder, const onnx::ValueInfoProto& input, const std::vector<std::int64_t>* shape, bool nhwc);

// The value becomes the graph's next output, under its name.
void finish_output(Builder& builder, const Value& value, bool nhwc);

// Tensors of 8 bits that only move share one meaning; where the file states it for one of them, the others get it.
void spread_quantization(Graph& graph);

}  // namespace qrun::converter
