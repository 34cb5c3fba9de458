// Convolutions and fully connected operators of reals, with what follows them, as their integer twins.

#pragma once

#include "converter/integers/epilogue.h"

namespace qrun::converter::integral {

// op's result, followed by the epilogue, into `output`, whose quantization is set. The weights' integers stay as they
// are: what the epilogue scales, their scales take over; its offsets go into the int32 bias. Refuses weights that are
// not quantized, and a bias that leaves 32 bits.
void emit_linear(Context& context, const Operator& op, const Epilogue& epilogue, TensorId output);

// scale[c] * x + offset[c] of a tensor of integers: a depthwise convolution of one tap.
void emit_channel_scale(Context& context, TensorId x, const Epilogue& epilogue, TensorId output,
                        const std::string& kind);

// The mean over windows without padding, or over all elements of them with it: a depthwise convolution of ones.
void emit_window_mean(Context& context, const Operator& op, TensorId x, const Epilogue& epilogue, TensorId output);

// The mean over those taps of padded windows that are in the image; false, and nothing, where that takes too many
// blocks.
bool emit_padded_mean(Context& context, const Operator& op, TensorId x, const Epilogue& epilogue, TensorId output);

// The integers behind operand `index`. Refuses, saying where quantization is missing, where there are none.
TensorId operand(Context& context, const Operator& op, std::size_t index);

}  // namespace qrun::converter::integral
