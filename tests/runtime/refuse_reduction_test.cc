#include "tests/runtime/refusal.h"

namespace qrun::test {
namespace {

using ArgMax = qfb::ArgMaxT;
using Model = qfb::ModelT;
using Pool = qfb::Pool2DT;
using Reduce = qfb::ReduceT;
using Softmax = qfb::SoftmaxT;

constexpr Refusal kReductions[] = {
    {"rank", "Pool2D",
     [](Model& m) {
       tensor(m, "x").shape = {5, 5, 3};
     },
     "it must have rank 4"},
    {"dtypes", "Pool2D", [](Model& m) { tensor(m, "y").dtype = qfb::DType::uint8; }, "'y' is uint8"},
    {"unknown_kind", "Pool2D", [](Model& m) { params<Pool>(m).kind = static_cast<qfb::PoolKind>(9); },
     "kind is unknown"},
    {"missing_window", "Pool2D", [](Model& m) { params<Pool>(m).window.reset(); }, "window is missing"},
    {"kernel_of_0", "Pool2D", [](Model& m) { params<Pool>(m).kernel_height = 0; }, "kernel height is 0"},
    {"dilation", "Pool2D", [](Model& m) { params<Pool>(m).window->mutate_dilation_width(2); },
     "dilation_width is 2; a pool's must be 1"},
    {"window_in_the_padding_before", "Pool2D", [](Model& m) { params<Pool>(m).window->mutate_pad_left(2); },
     "a window lies wholly in the padding along width"},
    {"window_in_the_padding_after", "Pool2D", [](Model& m) { params<Pool>(m).window->mutate_pad_bottom(5); },
     "a window lies wholly in the padding along height"},
    {"too_many_summands", "Pool2D",
     [](Model& m) {
       tensor(m, "x").shape = {1, 3000, 3000, 1};
       tensor(m, "y").shape = {1, 1, 1, 1};
       params<Pool>(m).kernel_height = params<Pool>(m).kernel_width = 3000;
       params<Pool>(m).window = window(1, 0);
     },
     "it takes 9000000 values"},
    {"clamp", "Pool2D", [](Model& m) { params<Pool>(m).clamp->mutate_min(-129); }, "clamp.min is -129"},
    {"output_shape", "Pool2D",
     [](Model& m) {
       tensor(m, "y").shape = {1, 3, 2, 3};
     },
     "imply [1,3,3,3]"},

    {"int32", "Reduce", [](Model& m) { tensor(m, "x").dtype = qfb::DType::int32; }, "'x' is int32"},
    {"no_axes", "Reduce", [](Model& m) { params<Reduce>(m).axes.clear(); }, "axes must list between 1 and 4"},
    {"too_many_axes", "Reduce",
     [](Model& m) {
       params<Reduce>(m).axes = {0, 1, 2, 3, 3};
     },
     "axes must list between"},
    {"axis_outside", "Reduce",
     [](Model& m) {
       params<Reduce>(m).axes = {1, 4};
     },
     "axis is 4; it must be in [0, 3]"},
    {"negative_axis", "Reduce", [](Model& m) { params<Reduce>(m).axes = {-1}; }, "axis is -1"},
    {"unsorted_axes", "Reduce",
     [](Model& m) {
       params<Reduce>(m).axes = {2, 1};
     },
     "1 follows 2"},
    {"repeated_axis", "Reduce",
     [](Model& m) {
       params<Reduce>(m).axes = {1, 1};
     },
     "1 follows 1"},
    {"unknown_kind", "Reduce", [](Model& m) { params<Reduce>(m).kind = static_cast<qfb::ReduceKind>(2); },
     "kind is unknown"},
    {"output_shape", "Reduce",
     [](Model& m) {
       tensor(m, "y").shape = {2, 1, 5};
     },
     "imply [2,1,1,5] or [2,5]"},
    {"too_many_summands", "Reduce",
     [](Model& m) {
       tensor(m, "x").shape = {2, 1 << 12, 1 << 12, 5};
     },
     "it takes 16777216 values"},
    {"zero_point", "Reduce", [](Model& m) { params<Reduce>(m).input_zero_point = 128; }, "input_zero_point is 128"},
    {"output_zero_point", "Reduce", [](Model& m) { params<Reduce>(m).output_zero_point = 128; },
     "output_zero_point is 128"},
    {"missing_rescale", "Reduce", [](Model& m) { params<Reduce>(m).rescale.reset(); }, "rescale is missing"},
    {"overflow", "Reduce", [](Model& m) { params<Reduce>(m).rescale->mutate_shift(21); }, "rescale overflows 32 bits"},

    {"scalar", "Softmax",
     [](Model& m) {
       tensor(m, "x").shape.clear();
       tensor(m, "y").shape.clear();
     },
     "is a scalar"},
    {"shape", "Softmax", [](Model& m) { tensor(m, "y").shape = {20}; }, "imply [2,10]"},
    {"missing_rescale", "Softmax", [](Model& m) { params<Softmax>(m).rescale.reset(); }, "rescale is missing"},
    {"negative_shift", "Softmax", [](Model& m) { params<Softmax>(m).rescale->mutate_shift(-1); },
     "rescale.shift is -1; it must be in [0, 30]"},
    {"positive_diff_min", "Softmax", [](Model& m) { params<Softmax>(m).diff_min = 1; }, "diff_min is 1"},
    {"overflow", "Softmax",
     [](Model& m) {
       params<Softmax>(m).diff_min = -0x7FFFFFFF - 1;
       params<Softmax>(m).rescale->mutate_shift(24);
     },
     "rescale overflows 32 bits: values reach 255"},
    {"differences", "SoftmaxAnyScale", [](Model& m) { params<Softmax>(m).rescale->mutate_shift(24); },
     "rescale takes differences out of 32 bits: they reach 255 (multiplier 1610612736, shift 24)"},
    {"output_multiplier", "SoftmaxAnyScale", [](Model& m) { params<Softmax>(m).output_rescale->mutate_multiplier(-1); },
     "output_rescale.multiplier is -1; it must be in [0, 2147483647]"},
    {"output_shift_left", "SoftmaxAnyScale", [](Model& m) { params<Softmax>(m).output_rescale->mutate_shift(31); },
     "output_rescale.shift is 31; it must be in [-31, 30]"},
    {"output_shift_right", "SoftmaxAnyScale", [](Model& m) { params<Softmax>(m).output_rescale->mutate_shift(-32); },
     "output_rescale.shift is -32"},
    {"output_zero_point", "SoftmaxAnyScale", [](Model& m) { params<Softmax>(m).output_zero_point = -1; },
     "output_zero_point is -1; it must be in [0, 255]"},
    {"output_zero_point_above", "SoftmaxAnyScale", [](Model& m) { params<Softmax>(m).output_zero_point = 0x7FFFFFFF; },
     "output_zero_point is 2147483647"},
    {"version_without_output_rescale", "SoftmaxAnyScale", [](Model& m) { m.format_version = 1; },
     "output_rescale is of format version 2, and the file states 1; convert the model again"},

    {"output_dtype", "ArgMax", [](Model& m) { tensor(m, "y").dtype = qfb::DType::int8; },
     "'y' is int8; it must be int32 or int64"},
    {"input_dtype", "ArgMax", [](Model& m) { tensor(m, "x").dtype = qfb::DType::int32; }, "'x' is int32"},
    {"axis", "ArgMax", [](Model& m) { params<ArgMax>(m).axis = 3; }, "axis is 3"},
    {"output_shape", "ArgMax",
     [](Model& m) {
       tensor(m, "y").shape = {2, 1, 3};
     },
     "imply [2,3]"},
};
INSTANTIATE_TEST_SUITE_P(Reductions, Refused, testing::ValuesIn(kReductions), refusal_name);

}  // namespace
}  // namespace qrun::test
