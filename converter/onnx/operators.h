// The operators of ONNX files that can be read: one function each, found by the operator's type.
//
// A function checks what the graph's form demands and derives its output's shape; types and quantization are the
// business of the passes and the lowering behind.

#pragma once

#include <string_view>

#include "converter/onnx/node_reader.h"

namespace qrun::converter {

using ReadNode = void (*)(NodeReader&);

// Null where the operator is not supported.
ReadNode find_onnx_operator(std::string_view type);

// What would help with an operator that is not supported; a general word where nothing special is known.
std::string_view onnx_remedy(std::string_view type);

namespace onnx_operators {

// quantization.cc
void quantize_linear(NodeReader& reader);
void dequantize_linear(NodeReader& reader);
void cast(NodeReader& reader);

// quantized.cc: QOperator form, each as its real operator between Dequantize and Quantize.
void q_linear_conv(NodeReader& reader);
void q_linear_mat_mul(NodeReader& reader);
void q_gemm(NodeReader& reader);
void q_linear_binary(NodeReader& reader);
void q_linear_concat(NodeReader& reader);
void q_linear_average_pool(NodeReader& reader);
void q_linear_global_average_pool(NodeReader& reader);
void q_linear_leaky_relu(NodeReader& reader);
void q_linear_sigmoid(NodeReader& reader);
void q_linear_softmax(NodeReader& reader);
void conv_integer(NodeReader& reader);
void mat_mul_integer(NodeReader& reader);

// linear.cc, conv_transpose.cc
void conv(NodeReader& reader);
void conv_transpose(NodeReader& reader);
void gemm(NodeReader& reader);
void mat_mul(NodeReader& reader);
void batch_normalization(NodeReader& reader);

// unary.cc, binary.cc
void function(NodeReader& reader);
void relu(NodeReader& reader);
void clip(NodeReader& reader);
void leaky_relu(NodeReader& reader);
void p_relu(NodeReader& reader);
void exponential_unit(NodeReader& reader);
void hard_sigmoid(NodeReader& reader);
void thresholded_relu(NodeReader& reader);
void gelu(NodeReader& reader);
void binary(NodeReader& reader);
void variadic(NodeReader& reader);

// pool.cc, reduction.cc
void average_pool(NodeReader& reader);
void max_pool(NodeReader& reader);
void global_average_pool(NodeReader& reader);
void global_max_pool(NodeReader& reader);
void reduce(NodeReader& reader);
void softmax(NodeReader& reader);
void arg_max(NodeReader& reader);

// movement.cc
void identity(NodeReader& reader);
void reshape(NodeReader& reader);
void flatten(NodeReader& reader);
void squeeze(NodeReader& reader);
void unsqueeze(NodeReader& reader);
void transpose(NodeReader& reader);
void concat(NodeReader& reader);
void pad(NodeReader& reader);
void tile(NodeReader& reader);
void expand(NodeReader& reader);
void gather(NodeReader& reader);
void depth_to_space(NodeReader& reader);
void space_to_depth(NodeReader& reader);

// slicing.cc, resize.cc
void slice(NodeReader& reader);
void split(NodeReader& reader);
void resize(NodeReader& reader);

// shape.cc: what exporters compute shapes with.
void constant(NodeReader& reader);
void constant_of_shape(NodeReader& reader);
void shape(NodeReader& reader);
void range(NodeReader& reader);

}  // namespace onnx_operators
}  // namespace qrun::converter
