// Between reals and 8-bit integers: what QuantizeLinear and DequantizeLinear say, and what QOperator nodes say in
// passing.

#pragma once

#include "converter/onnx/node_reader.h"

namespace qrun::converter {

// What scale and zero point at these inputs mean for a value of `type`, `axis` being the source's where there are
// several scales. An absent zero point is the type's 0.
Quantization read_quantization(NodeReader& reader, const Value& value, std::size_t scale, std::size_t zero_point,
                               std::size_t axis);

// One scale and zero point, or as many as the value has indices of `axis`. Refuses others, calling them `name`.
Quantization along(const Value& value, std::size_t axis, Quantization quantization, const std::string& name);

// The real numbers that 8-bit or int32 integers stand for.
Value dequantized(NodeReader& reader, const Value& value, Quantization quantization);

// Of an operand at `index` with its scale and zero point at the next two inputs.
Value dequantized_input(NodeReader& reader, std::size_t index, std::size_t axis = 0);

// Ends a node: the reals become its output, quantized by scale and zero point at these inputs, of the zero point's
// type, or uint8 where there is none.
void quantize_output(NodeReader& reader, const Value& real, std::size_t scale, std::size_t zero_point,
                     std::size_t axis = 0);

}  // namespace qrun::converter
