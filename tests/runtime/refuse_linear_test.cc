#include "tests/runtime/refusal.h"

namespace qrun::test {
namespace {

using Conv = qfb::Conv2DT;
using Depthwise = qfb::DepthwiseConv2DT;
using Dense = qfb::FullyConnectedT;
using Model = qfb::ModelT;

qfb::Window& window_of(Model& model) { return *params<Conv>(model).window; }

void recertify(Model& model) {
  certify(*params<Conv>(model).accumulation, tensor(model, "weights"), &tensor(model, "bias"), false);
}

constexpr Refusal kOperands[] = {
    {"without_weights", "Conv2D", [](Model& m) { m.operators[0]->inputs.resize(1); }, "it has 1 inputs"},
    {"absent_weights", "Conv2D", [](Model& m) { m.operators[0]->inputs[1] = -1; }, "input 1 is absent"},
    {"too_many_inputs", "Conv2D", [](Model& m) { m.operators[0]->inputs.push_back(-1); }, "it has 4 inputs"},
    {"weights_as_graph_input", "Conv2D",
     [](Model& m) {
       tensor(m, "weights").data.clear();
       m.inputs.push_back(1);
     },
     "the weights 'weights' must be a constant"},
    {"weights_of_other_dtype", "Conv2D", [](Model& m) { tensor(m, "weights").dtype = qfb::DType::uint8; },
     "'x' is int8 and 'weights' is uint8"},
    {"int32_input", "Conv2D", [](Model& m) { tensor(m, "x").dtype = qfb::DType::int32; }, "'x' is int32"},
    {"output_of_other_dtype", "Conv2D", [](Model& m) { tensor(m, "y").dtype = qfb::DType::uint8; },
     "'x' is int8 and 'y' is uint8"},
    {"bias_of_8_bits", "Conv2D",
     [](Model& m) {
       tensor(m, "bias").dtype = qfb::DType::int8;
       tensor(m, "bias").data.resize(6);
     },
     "the bias 'bias' must be an int32 constant"},
    {"bias_too_short", "Conv2D",
     [](Model& m) {
       tensor(m, "bias").shape = {5};
       tensor(m, "bias").data.resize(20);
     },
     "has shape [5]; the weights imply [6]"},
    {"input_of_rank_3", "Conv2D",
     [](Model& m) {
       tensor(m, "x").shape = {5, 6, 4};
     },
     "'x' has shape [5,6,4]"},
    {"groups_of_0", "Conv2D", [](Model& m) { params<Conv>(m).groups = 0; }, "groups is 0"},
    {"groups_that_do_not_divide", "Conv2D", [](Model& m) { params<Conv>(m).groups = 4; },
     "it must divide 4 input and 6"},
    {"groups_against_weights", "Conv2D", [](Model& m) { params<Conv>(m).groups = 1; }, "imply 4"},
    {"depthwise_batch_of_weights", "DepthwiseConv2D",
     [](Model& m) {
       tensor(m, "weights").shape = {3, 1, 2, 6};
       tensor(m, "y").shape = {1, 7, 4, 6};
     },
     "it must begin with 1"},
    {"depthwise_multiplier", "DepthwiseConv2D",
     [](Model& m) {
       tensor(m, "weights").shape = {1, 3, 3, 4};
       tensor(m, "y").shape = {1, 3, 3, 4};
     },
     "a multiple of 3"},
    {"dense_depth", "FullyConnected",
     [](Model& m) {
       tensor(m, "x").shape = {2, 3, 5};
     },
     "need a multiple of 12"},
    {"dense_rank", "FullyConnected",
     [](Model& m) {
       tensor(m, "weights").shape = {5, 3, 4};
     },
     "it must have rank 2"},
    {"dense_output", "FullyConnected",
     [](Model& m) {
       tensor(m, "y").shape = {3, 5};
     },
     "imply 10 elements"},
};
INSTANTIATE_TEST_SUITE_P(LinearOperands, Refused, testing::ValuesIn(kOperands), refusal_name);

constexpr Refusal kWindows[] = {
    {"missing", "Conv2D", [](Model& m) { params<Conv>(m).window.reset(); }, "window is missing"},
    {"stride_of_0", "Conv2D", [](Model& m) { window_of(m).mutate_stride_height(0); }, "stride_height is 0"},
    {"negative_stride", "Conv2D", [](Model& m) { window_of(m).mutate_stride_width(-1); }, "stride_width is -1"},
    {"dilation_of_0", "Conv2D", [](Model& m) { window_of(m).mutate_dilation_width(0); }, "dilation_width is 0"},
    {"huge_dilation", "Conv2D", [](Model& m) { window_of(m).mutate_dilation_height(1 << 30); }, "dilation_height is"},
    {"negative_pad", "Conv2D", [](Model& m) { window_of(m).mutate_pad_top(-1); }, "pad before height is -1"},
    {"huge_pad", "Conv2D", [](Model& m) { window_of(m).mutate_pad_right(0x7FFFFFFF); },
     "pad after width is 2147483647"},
    {"kernel_beyond_the_image", "Conv2D", [](Model& m) { window_of(m).mutate_dilation_height(9); }, "no window fits"},
    {"other_output_shape", "Conv2D", [](Model& m) { window_of(m).mutate_stride_height(1); },
     "the output's shape is [1,3,3,6]; its inputs and parameters imply [1,5,3,6]"},
    {"depthwise_missing", "DepthwiseConv2D", [](Model& m) { params<Depthwise>(m).window.reset(); },
     "window is missing"},
    {"depthwise_other_output_shape", "DepthwiseConv2D",
     [](Model& m) { params<Depthwise>(m).window->mutate_pad_top(0); },
     "the output's shape is [1,3,4,6]; its inputs and parameters imply [1,2,4,6]"},
};
INSTANTIATE_TEST_SUITE_P(LinearWindows, Refused, testing::ValuesIn(kWindows), refusal_name);

constexpr Refusal kParameters[] = {
    {"missing_accumulation", "Conv2D", [](Model& m) { params<Conv>(m).accumulation.reset(); },
     "accumulation is missing"},
    {"missing_depthwise_accumulation", "DepthwiseConv2D", [](Model& m) { params<Depthwise>(m).accumulation.reset(); },
     "accumulation is missing"},
    {"missing_dense_accumulation", "FullyConnected", [](Model& m) { params<Dense>(m).accumulation.reset(); },
     "accumulation is missing"},
    {"input_zero_point", "Conv2D", [](Model& m) { params<Conv>(m).accumulation->input_zero_point = 128; },
     "input_zero_point is 128; it must be in [-128, 127]"},
    {"weight_zero_point", "FullyConnected", [](Model& m) { params<Dense>(m).accumulation->weight_zero_point = -129; },
     "weight_zero_point is -129"},
    {"output_zero_point", "DepthwiseConv2D",
     [](Model& m) { params<Depthwise>(m).accumulation->output_zero_point = -1; },
     "output_zero_point is -1; it must be in [0, 255]"},
    {"missing_clamp", "Conv2D", [](Model& m) { params<Conv>(m).accumulation->clamp.reset(); }, "clamp is missing"},
    {"clamp_beyond_the_dtype", "Conv2D", [](Model& m) { params<Conv>(m).accumulation->clamp->mutate_max(128); },
     "clamp.max is 128"},
    {"clamp_in_disorder", "Conv2D", [](Model& m) { *params<Conv>(m).accumulation->clamp = qfb::Clamp(5, 4); },
     "clamp.max is 4; it must be in [5, 127]"},
    {"missing_rescale", "Conv2D", [](Model& m) { params<Conv>(m).accumulation->rescale.clear(); },
     "rescale has 0 entries; it must have 6"},
    {"rescale_of_other_count", "Conv2D", [](Model& m) { params<Conv>(m).accumulation->rescale.resize(5); },
     "rescale has 5 entries"},
    {"negative_multiplier", "Conv2D", [](Model& m) { params<Conv>(m).accumulation->rescale[3].mutate_multiplier(-1); },
     "rescale.multiplier is -1"},
    {"shift_too_small", "Conv2D", [](Model& m) { params<Conv>(m).accumulation->rescale[0].mutate_shift(-32); },
     "rescale.shift is -32; it must be in [-31, 30]"},
    {"shift_too_large", "Conv2D", [](Model& m) { params<Conv>(m).accumulation->rescale[0].mutate_shift(31); },
     "rescale.shift is 31"},
};
INSTANTIATE_TEST_SUITE_P(LinearParameters, Refused, testing::ValuesIn(kParameters), refusal_name);

constexpr Refusal kCertificates[] = {
    {"missing", "Conv2D", [](Model& m) { params<Conv>(m).accumulation->accumulator_bound.clear(); },
     "accumulator_bound has 0 entries; it must have 6"},
    {"missing_output_min", "Conv2D", [](Model& m) { params<Conv>(m).accumulation->output_min.pop_back(); },
     "output_min has 5 entries"},
    {"missing_output_max", "Conv2D", [](Model& m) { params<Conv>(m).accumulation->output_max.clear(); },
     "output_max has 0 entries"},
    {"bound_too_small", "Conv2D", [](Model& m) { params<Conv>(m).accumulation->accumulator_bound[4] -= 1; },
     "channel 4: accumulator_bound is"},
    {"other_output_min", "DepthwiseConv2D", [](Model& m) { params<Depthwise>(m).accumulation->output_min[5] += 1; },
     "channel 5: output_min is"},
    {"other_output_max", "FullyConnected", [](Model& m) { params<Dense>(m).accumulation->output_max[2] -= 1; },
     "channel 2: output_max is"},
    {"other_weight", "FullyConnected", [](Model& m) { tensor(m, "weights").data[13] ^= 1; },
     "channel 1: accumulator_bound is"},
    {"other_depthwise_weight", "DepthwiseConv2D", [](Model& m) { tensor(m, "weights").data[8] ^= 1; },
     "channel 2: accumulator_bound is"},
    {"other_bias", "Conv2D", [](Model& m) { tensor(m, "bias").data[4] = 1; }, "channel 1: accumulator_bound is"},
    {"accumulator_overflow", "Conv2D",
     [](Model& m) {
       tensor(m, "bias").data[8 + 3] = 0x7F;
       tensor(m, "bias").data[8 + 2] = 0xFF;
       recertify(m);
     },
     "channel 2: the accumulator can reach 21"},
    {"rescale_overflow", "Conv2D",
     [](Model& m) {
       params<Conv>(m).accumulation->rescale[1] = rescale(30);
       recertify(m);
     },
     "channel 1: the accumulator can reach"},
};
INSTANTIATE_TEST_SUITE_P(LinearCertificates, Refused, testing::ValuesIn(kCertificates), refusal_name);

}  // namespace
}  // namespace qrun::test
