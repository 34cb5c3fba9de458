#include "tests/runtime/refusal.h"

namespace qrun::test {
namespace {

using HardSwish = qfb::HardSwishT;
using LeakyRelu = qfb::LeakyReluT;
using Lookup = qfb::LookupT;
using Model = qfb::ModelT;
using Requantize = qfb::RequantizeT;

constexpr Refusal kUnary[] = {
    {"shape", "Requantize",
     [](Model& m) {
       tensor(m, "y").shape = {7, 3};
     },
     "imply [3,7]"},
    {"int64_output", "Requantize", [](Model& m) { tensor(m, "y").dtype = qfb::DType::int64; }, "'y' is int64"},
    {"input_zero_point", "Requantize", [](Model& m) { params<Requantize>(m).input_zero_point = 128; },
     "input_zero_point is 128"},
    {"output_zero_point", "Requantize", [](Model& m) { params<Requantize>(m).output_zero_point = -1; },
     "output_zero_point is -1"},
    {"missing_rescale", "Requantize", [](Model& m) { params<Requantize>(m).rescale.reset(); }, "rescale is missing"},
    {"clamp", "Requantize", [](Model& m) { params<Requantize>(m).clamp->mutate_max(127); },
     "clamp.max is 127; it must be in [128, 255]"},
    {"overflow", "Requantize", [](Model& m) { params<Requantize>(m).rescale->mutate_shift(24); },
     "rescale overflows 32 bits"},
    {"two_inputs", "LeakyRelu",
     [](Model& m) {
       m.operators[0]->inputs = {0, 0};
     },
     "it has 2 inputs; it must have 1"},
    {"absent_input", "LeakyRelu", [](Model& m) { m.operators[0]->inputs = {-1}; }, "input 0 is absent"},
    {"dtypes", "LeakyRelu", [](Model& m) { tensor(m, "y").dtype = qfb::DType::uint8; }, "'y' is uint8"},
    {"zero_point", "LeakyRelu", [](Model& m) { params<LeakyRelu>(m).input_zero_point = -129; },
     "input_zero_point is -129"},
    {"output_zero_point", "LeakyRelu", [](Model& m) { params<LeakyRelu>(m).output_zero_point = 128; },
     "output_zero_point is 128"},
    {"missing_rescale", "LeakyRelu", [](Model& m) { params<LeakyRelu>(m).rescale.reset(); }, "rescale is missing"},
    {"missing_alpha", "LeakyRelu", [](Model& m) { params<LeakyRelu>(m).alpha_rescale.reset(); },
     "alpha_rescale is missing"},
    {"overflow", "LeakyRelu", [](Model& m) { params<LeakyRelu>(m).rescale->mutate_shift(24); },
     "rescale overflows 32 bits"},
    {"alpha_overflow", "LeakyRelu", [](Model& m) { params<LeakyRelu>(m).alpha_rescale->mutate_shift(30); },
     "alpha_rescale overflows 32 bits"},
    {"input_zero_point", "HardSwish", [](Model& m) { params<HardSwish>(m).input_zero_point = 128; },
     "input_zero_point is 128"},
    {"output_zero_point", "HardSwish", [](Model& m) { params<HardSwish>(m).output_zero_point = 128; },
     "output_zero_point is 128"},
    {"output_multiplier", "HardSwish", [](Model& m) { params<HardSwish>(m).output_multiplier = -1; },
     "output_multiplier is -1"},
    {"output_exponent", "HardSwish", [](Model& m) { params<HardSwish>(m).output_exponent = 1; },
     "output_exponent is 1; it must be in [-31, 0]"},
    {"reluish_multiplier", "HardSwish", [](Model& m) { params<HardSwish>(m).reluish_multiplier = -32768; },
     "reluish_multiplier is -32768"},
    {"reluish_exponent", "HardSwish", [](Model& m) { params<HardSwish>(m).reluish_exponent = 16; },
     "reluish_exponent is 16; it must be in [-31, 15]"},
    {"missing_table", "Lookup", [](Model& m) { params<Lookup>(m).table.clear(); }, "table has 0 entries"},
    {"short_table", "Lookup", [](Model& m) { params<Lookup>(m).table.pop_back(); },
     "table has 255 entries; it must have 256"},
    {"int32", "Lookup", [](Model& m) { tensor(m, "x").dtype = qfb::DType::int32; }, "'x' is int32"},
};
INSTANTIATE_TEST_SUITE_P(Unary, Refused, testing::ValuesIn(kUnary), refusal_name);

}  // namespace
}  // namespace qrun::test
