#include "tests/runtime/refusal.h"

namespace qrun::test {
namespace {

using Model = qfb::ModelT;

constexpr bool kGraph = false;  // not about an operator
constexpr const char* kTooLarge =
    sizeof(std::size_t) > 4 ? "takes more than the 2147483647 bytes" : "takes more than the 268435456 bytes";

constexpr Refusal kTensors[] = {
    {"no_tensors", "Reshape", [](Model& m) { m.tensors.clear(); }, "the file has no tensors", kGraph},
    {"unknown_dtype", "Reshape", [](Model& m) { tensor(m, "y").dtype = static_cast<qfb::DType>(4); },
     "tensor 1 ('y'): its dtype, number 4, is unknown", kGraph},
    {"rank_7", "Reshape", [](Model& m) { tensor(m, "x").shape.assign(7, 1); }, "tensor 0 ('x'): its rank is 7", kGraph},
    {"extent_of_0", "Reshape",
     [](Model& m) {
       tensor(m, "x").shape = {12, 0};
     },
     "its shape [12,0] has an extent below", kGraph},
    {"negative_extent", "Reshape",
     [](Model& m) {
       tensor(m, "x").shape = {-1, -12};
     },
     "an extent below 1", kGraph},
    {"too_many_elements", "Reshape",
     [](Model& m) {
       tensor(m, "x").shape = {1 << 16, 1 << 15};
     },
     kTooLarge, kGraph},
    {"product_beyond_64_bits", "Reshape", [](Model& m) { tensor(m, "x").shape.assign(6, 0x7FFFFFFF); }, kTooLarge,
     kGraph},
    {"too_many_bytes", "Transpose", [](Model& m) { tensor(m, "x").shape = {1 << 29}; }, "takes more than", kGraph},
    {"data_too_short", "Conv2D", [](Model& m) { tensor(m, "weights").data.pop_back(); },
     "tensor 1 ('weights'): its data has 107 bytes; shape [6,3,3,2] of int8 takes 108", kGraph},
    {"data_too_long", "Conv2D", [](Model& m) { tensor(m, "bias").data.push_back(0); }, "takes 24", kGraph},
    {"scale_of_0", "Reshape", [](Model& m) { tensor(m, "x").quantization->scale_bits = {0}; },
     "quantization.scale_bits is 0", kGraph},
    {"negative_scale", "Reshape", [](Model& m) { tensor(m, "x").quantization->scale_bits = {0xBF800000}; },
     "quantization.scale_bits is 3212836864", kGraph},
    {"infinite_scale", "Reshape", [](Model& m) { tensor(m, "x").quantization->scale_bits = {0x7F800000}; },
     "quantization.scale_bits is", kGraph},
    {"nan_scale", "Reshape", [](Model& m) { tensor(m, "x").quantization->scale_bits = {0x7FC00000}; },
     "quantization.scale_bits is", kGraph},
    {"scales_against_shape", "Reshape", [](Model& m) { tensor(m, "x").quantization->scale_bits.assign(3, 1); },
     "quantization.scale_bits has 3 entries; it must have 2", kGraph},
    {"dimension_outside", "Reshape",
     [](Model& m) {
       tensor(m, "x").quantization->scale_bits.assign(2, 1);
       tensor(m, "x").quantization->dimension = 2;
     },
     "quantization.dimension is 2", kGraph},
    {"zero_points_against_scales", "Reshape",
     [](Model& m) {
       tensor(m, "x").quantization->zero_point = {0, 0};
     },
     "quantization.zero_point has 2 entries; it must have 1", kGraph},
    {"zero_point_outside", "Reshape", [](Model& m) { tensor(m, "x").quantization->zero_point = {128}; },
     "quantization.zero_point is 128", kGraph},
};
INSTANTIATE_TEST_SUITE_P(Tensors, Refused, testing::ValuesIn(kTensors), refusal_name);

constexpr Refusal kGraphs[] = {
    {"no_version", "Reshape", [](Model& m) { m.format_version = 0; }, "states no format version", kGraph},
    {"newer_version", "Reshape", [](Model& m) { m.format_version = 3; },
     "format version 3, and this library, 0.1.0, reads up to 2; use a newer library", kGraph, QRUN_UNSUPPORTED},
    {"no_inputs", "Reshape", [](Model& m) { m.inputs.clear(); }, "the graph has no inputs", kGraph},
    {"no_outputs", "Reshape", [](Model& m) { m.outputs.clear(); }, "the graph has no outputs", kGraph},
    {"input_index", "Reshape", [](Model& m) { m.inputs = {2}; }, "the graph's inputs: tensor index 2", kGraph},
    {"output_index", "Reshape", [](Model& m) { m.outputs = {-1}; }, "the graph's outputs: tensor index -1", kGraph},
    {"input_twice", "Reshape",
     [](Model& m) {
       m.inputs = {0, 0};
     },
     "'x' is produced a second time", kGraph},
    {"constant_as_input", "Conv2D",
     [](Model& m) {
       m.inputs = {0, 1};
     },
     "'weights' is a constant", kGraph},
    {"tensor_of_nobody", "Reshape", [](Model& m) { m.tensors.push_back(std::make_unique<qfb::TensorT>()); },
     "tensor 2 is neither a graph input, a constant, nor produced", kGraph},
    {"operator_input_index", "Reshape", [](Model& m) { m.operators[0]->inputs = {99}; }, "tensor index 99"},
    {"operator_input_minus_2", "Reshape", [](Model& m) { m.operators[0]->inputs = {-2}; }, "tensor index -2"},
    {"two_outputs", "Reshape",
     [](Model& m) {
       m.operators[0]->outputs = {1, 1};
     },
     "outputs has 2 entries"},
    {"reads_its_output", "Reshape", [](Model& m) { m.operators[0]->inputs = {1}; }, "it reads 'y' before anything"},
    {"input_size", "Network", [](Model& m) { m.tests[0]->inputs[0]->data.pop_back(); },
     "embedded test 0: the bytes of input 'image' has 31 entries; it must have 32", kGraph},
    {"input_count", "Network", [](Model& m) { m.tests[0]->inputs.push_back(std::make_unique<qfb::BlobT>()); },
     "embedded test 0: inputs has 2 entries", kGraph},
    {"digest", "Network", [](Model& m) { m.tests[0]->output_sha256.pop_back(); },
     "embedded test 0: output_sha256 has 31 entries", kGraph},
    {"source_digest", "Network", [](Model& m) { m.metadata->source_sha256.pop_back(); },
     "metadata.source_sha256 has 31 entries", kGraph},
};
INSTANTIATE_TEST_SUITE_P(Graphs, Refused, testing::ValuesIn(kGraphs), refusal_name);

}  // namespace
}  // namespace qrun::test
