// The operators of .tflite files that can be read: one function each, found by the builtin operator's code.
//
// A function checks what the graph's form demands (operands present, parameters constant, movement's shapes agreeing);
// types and quantization are the lowering's business, but for what the format alone demands of them.

#pragma once

#include "converter/tflite/operator_reader.h"

namespace qrun::converter {

using ReadOperator = void (*)(OperatorReader&);

// Null where the operator is not supported.
ReadOperator find_operator(tflite::BuiltinOperator code);

Activation read_activation(tflite::ActivationFunctionType activation);

// linear.cc
void read_conv_2d(OperatorReader& reader);
void read_depthwise_conv_2d(OperatorReader& reader);
void read_fully_connected(OperatorReader& reader);

// window.cc
void read_average_pool_2d(OperatorReader& reader);
void read_max_pool_2d(OperatorReader& reader);
void read_resize_bilinear(OperatorReader& reader);
void read_resize_nearest_neighbor(OperatorReader& reader);

// elementwise.cc
void read_add(OperatorReader& reader);
void read_sub(OperatorReader& reader);
void read_mul(OperatorReader& reader);
void read_prelu(OperatorReader& reader);
void read_leaky_relu(OperatorReader& reader);
void read_gelu(OperatorReader& reader);

// reduction.cc
void read_mean(OperatorReader& reader);
void read_sum(OperatorReader& reader);
void read_softmax(OperatorReader& reader);
void read_arg_max(OperatorReader& reader);
void read_arg_min(OperatorReader& reader);

// movement.cc
void read_reshape(OperatorReader& reader);  // SQUEEZE and EXPAND_DIMS too
void read_shape(OperatorReader& reader);
void read_transpose(OperatorReader& reader);
void read_concatenation(OperatorReader& reader);
void read_pack(OperatorReader& reader);
void read_pad(OperatorReader& reader);  // PADV2 too
void read_tile(OperatorReader& reader);
void read_gather(OperatorReader& reader);

// slicing.cc
void read_slice(OperatorReader& reader);
void read_strided_slice(OperatorReader& reader);
void read_split(OperatorReader& reader);
void read_split_v(OperatorReader& reader);
void read_unpack(OperatorReader& reader);

}  // namespace qrun::converter
