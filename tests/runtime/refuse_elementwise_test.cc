#include "tests/runtime/refusal.h"

namespace qrun::test {
namespace {

using Add = qfb::AddT;
using Model = qfb::ModelT;
using Mul = qfb::MulT;
using PRelu = qfb::PReluT;

constexpr Refusal kElementwise[] = {
    {"one_input", "Add", [](Model& m) { m.operators[0]->inputs.pop_back(); }, "it has 1 inputs; it must have 2"},
    {"mixed_dtypes", "Add", [](Model& m) { tensor(m, "x2").dtype = qfb::DType::uint8; },
     "'x1' is int8 and 'x2' is uint8"},
    {"output_dtype", "Mul", [](Model& m) { tensor(m, "y").dtype = qfb::DType::int8; }, "'x1' is uint8 and 'y' is int8"},
    {"int32", "Mul", [](Model& m) { tensor(m, "x1").dtype = qfb::DType::int32; }, "'x1' is int32"},
    {"no_broadcast", "Add",
     [](Model& m) {
       tensor(m, "x2").shape = {2, 1};
     },
     "[2,3,4] and [2,1] do not broadcast"},
    {"output_shape", "Add",
     [](Model& m) {
       tensor(m, "y").shape = {2, 3, 5};
     },
     "imply [2,3,4]"},
    {"output_shape", "Mul",
     [](Model& m) {
       tensor(m, "y").shape = {4, 3};
     },
     "imply [2,4,3]"},
    {"unknown_kind", "Add", [](Model& m) { params<Add>(m).kind = static_cast<qfb::AddKind>(2); }, "kind is unknown"},
    {"input1_zero_point", "Add", [](Model& m) { params<Add>(m).input1_zero_point = 200; }, "input1_zero_point is 200"},
    {"input2_zero_point", "Add", [](Model& m) { params<Add>(m).input2_zero_point = -200; },
     "input2_zero_point is -200"},
    {"output_zero_point", "Add", [](Model& m) { params<Add>(m).output_zero_point = 128; }, "output_zero_point is 128"},
    {"input1_zero_point", "Mul", [](Model& m) { params<Mul>(m).input1_zero_point = -1; }, "input1_zero_point is -1"},
    {"input2_zero_point", "Mul", [](Model& m) { params<Mul>(m).input2_zero_point = 256; }, "input2_zero_point is 256"},
    {"output_zero_point", "Mul", [](Model& m) { params<Mul>(m).output_zero_point = 256; }, "output_zero_point is 256"},
    {"missing_input1_rescale", "Add", [](Model& m) { params<Add>(m).input1_rescale.reset(); },
     "input1_rescale is missing"},
    {"input2_shift", "Add", [](Model& m) { params<Add>(m).input2_rescale->mutate_shift(31); },
     "input2_rescale.shift is 31"},
    {"output_multiplier", "Add", [](Model& m) { params<Add>(m).output_rescale->mutate_multiplier(-5); },
     "output_rescale.multiplier is -5"},
    {"missing_rescale", "Mul", [](Model& m) { params<Mul>(m).rescale.reset(); }, "rescale is missing"},
    {"missing_clamp", "Add", [](Model& m) { params<Add>(m).clamp.reset(); }, "clamp is missing"},
    {"clamp", "Mul", [](Model& m) { params<Mul>(m).clamp->mutate_min(-1); }, "clamp.min is -1"},
    {"input1_overflow", "Add", [](Model& m) { params<Add>(m).input1_rescale->mutate_shift(4); },
     "input1_rescale overflows 32 bits"},
    {"input2_overflow", "Add", [](Model& m) { params<Add>(m).input2_rescale->mutate_shift(5); },
     "input2_rescale overflows 32 bits"},
    {"sum_overflow", "Add",
     [](Model& m) {
       *params<Add>(m).input1_rescale = qfb::Rescale(0x7FFFFFFF, 3);
       *params<Add>(m).input2_rescale = qfb::Rescale(0x7FFFFFFF, 3);
     },
     "output_rescale overflows 32 bits"},
    {"output_overflow", "Add", [](Model& m) { params<Add>(m).output_rescale->mutate_shift(5); },
     "output_rescale overflows 32 bits"},
    {"overflow", "Mul", [](Model& m) { params<Mul>(m).rescale->mutate_shift(17); }, "rescale overflows 32 bits"},
    {"alpha_of_more_axes", "PRelu",
     [](Model& m) {
       tensor(m, "alpha").shape = {1, 1, 1, 1, 3};
     },
     "alpha 'alpha' has shape [1,1,1,1,3]"},
    {"alpha_larger", "PRelu",
     [](Model& m) {
       tensor(m, "alpha").shape = {2, 1, 1, 3};
       tensor(m, "alpha").data.resize(6);
     },
     "which does not broadcast to [1,2,2,3]"},
    {"alpha_dtype", "PRelu", [](Model& m) { tensor(m, "alpha").dtype = qfb::DType::uint8; }, "'alpha' is uint8"},
    {"output_shape", "PRelu",
     [](Model& m) {
       tensor(m, "y").shape = {1, 4, 3};
     },
     "imply [1,2,2,3]"},
    {"input_zero_point", "PRelu", [](Model& m) { params<PRelu>(m).input_zero_point = 128; }, "input_zero_point is 128"},
    {"alpha_zero_point", "PRelu", [](Model& m) { params<PRelu>(m).alpha_zero_point = 128; }, "alpha_zero_point is 128"},
    {"output_zero_point", "PRelu", [](Model& m) { params<PRelu>(m).output_zero_point = 999; },
     "output_zero_point is 999"},
    {"missing_rescale", "PRelu", [](Model& m) { params<PRelu>(m).rescale.reset(); }, "rescale is missing"},
    {"missing_alpha_rescale", "PRelu", [](Model& m) { params<PRelu>(m).alpha_rescale.reset(); },
     "alpha_rescale is missing"},
    {"overflow", "PRelu", [](Model& m) { params<PRelu>(m).rescale->mutate_shift(24); }, "rescale overflows 32 bits"},
    {"alpha_overflow", "PRelu", [](Model& m) { params<PRelu>(m).alpha_rescale->mutate_shift(17); },
     "alpha_rescale overflows 32 bits"},
};
INSTANTIATE_TEST_SUITE_P(Elementwise, Refused, testing::ValuesIn(kElementwise), refusal_name);

}  // namespace
}  // namespace qrun::test
