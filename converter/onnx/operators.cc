#include "converter/onnx/operators.h"

#include <algorithm>
#include <iterator>

namespace qrun::converter {
namespace {

namespace ops = onnx_operators;

struct Entry {
  std::string_view type;
  ReadNode read;
};

constexpr Entry kOperators[] = {
    {"Abs", ops::function},
    {"Add", ops::binary},
    {"ArgMax", ops::arg_max},
    {"ArgMin", ops::arg_max},
    {"AveragePool", ops::average_pool},
    {"BatchNormalization", ops::batch_normalization},
    {"Cast", ops::cast},
    {"Ceil", ops::function},
    {"Celu", ops::exponential_unit},
    {"Clip", ops::clip},
    {"Concat", ops::concat},
    {"Constant", ops::constant},
    {"ConstantOfShape", ops::constant_of_shape},
    {"Conv", ops::conv},
    {"ConvInteger", ops::conv_integer},
    {"ConvTranspose", ops::conv_transpose},
    {"Cos", ops::function},
    {"DepthToSpace", ops::depth_to_space},
    {"DequantizeLinear", ops::dequantize_linear},
    {"Div", ops::binary},
    {"Dropout", ops::identity},
    {"Elu", ops::exponential_unit},
    {"Erf", ops::function},
    {"Exp", ops::function},
    {"Expand", ops::expand},
    {"FastGelu", ops::gelu},
    {"Flatten", ops::flatten},
    {"Floor", ops::function},
    {"Gather", ops::gather},
    {"Gelu", ops::gelu},
    {"Gemm", ops::gemm},
    {"GlobalAveragePool", ops::global_average_pool},
    {"GlobalMaxPool", ops::global_max_pool},
    {"HardSigmoid", ops::hard_sigmoid},
    {"HardSwish", ops::function},
    {"Identity", ops::identity},
    {"LeakyRelu", ops::leaky_relu},
    {"Log", ops::function},
    {"MatMul", ops::mat_mul},
    {"MatMulInteger", ops::mat_mul_integer},
    {"Max", ops::variadic},
    {"MaxPool", ops::max_pool},
    {"Min", ops::variadic},
    {"Mish", ops::function},
    {"Mul", ops::binary},
    {"Neg", ops::function},
    {"PRelu", ops::p_relu},
    {"Pad", ops::pad},
    {"Pow", ops::binary},
    {"QGemm", ops::q_gemm},
    {"QLinearAdd", ops::q_linear_binary},
    {"QLinearAveragePool", ops::q_linear_average_pool},
    {"QLinearConcat", ops::q_linear_concat},
    {"QLinearConv", ops::q_linear_conv},
    {"QLinearGlobalAveragePool", ops::q_linear_global_average_pool},
    {"QLinearLeakyRelu", ops::q_linear_leaky_relu},
    {"QLinearMatMul", ops::q_linear_mat_mul},
    {"QLinearMul", ops::q_linear_binary},
    {"QLinearSigmoid", ops::q_linear_sigmoid},
    {"QLinearSoftmax", ops::q_linear_softmax},
    {"QuantizeLinear", ops::quantize_linear},
    {"Range", ops::range},
    {"Reciprocal", ops::function},
    {"ReduceMean", ops::reduce},
    {"ReduceSum", ops::reduce},
    {"Relu", ops::relu},
    {"Reshape", ops::reshape},
    {"Resize", ops::resize},
    {"Round", ops::function},
    {"Selu", ops::exponential_unit},
    {"Shape", ops::shape},
    {"Sigmoid", ops::function},
    {"Sign", ops::function},
    {"Sin", ops::function},
    {"Slice", ops::slice},
    {"Softmax", ops::softmax},
    {"Softplus", ops::function},
    {"Softsign", ops::function},
    {"SpaceToDepth", ops::space_to_depth},
    {"Split", ops::split},
    {"Sqrt", ops::function},
    {"Squeeze", ops::squeeze},
    {"Sub", ops::binary},
    {"Sum", ops::variadic},
    {"Tanh", ops::function},
    {"ThresholdedRelu", ops::thresholded_relu},
    {"Tile", ops::tile},
    {"Transpose", ops::transpose},
    {"Unsqueeze", ops::unsqueeze},
    {"Upsample", ops::resize},
};

struct Remedy {
  std::string_view type, remedy;
};

constexpr Remedy kRemedies[] = {
    {"DynamicQuantizeLinear", "it finds its scale while running; calibrate the model (static quantization)"},
    {"GRU", "recurrent operators are not supported; unroll it, or use convolutions"},
    {"If", "control flow is not supported; export the branch that is taken"},
    {"InstanceNormalization", "use BatchNormalization"},
    {"LSTM", "recurrent operators are not supported; unroll it, or use convolutions"},
    {"LayerNormalization", "use BatchNormalization"},
    {"LogSoftmax", "leave it out, or use Softmax: the order of the classes is the same"},
    {"Loop", "control flow is not supported; export the model unrolled"},
    {"NonMaxSuppression", "leave it out and do it in the application"},
    {"RNN", "recurrent operators are not supported; unroll it, or use convolutions"},
    {"ReduceMax", "use GlobalMaxPool or MaxPool"},
    {"TopK", "leave it out and rank in the application"},
};

}  // namespace

ReadNode find_onnx_operator(std::string_view type) {
  const auto* entry = std::ranges::find(kOperators, type, &Entry::type);
  return entry == std::end(kOperators) ? nullptr : entry->read;
}

std::string_view onnx_remedy(std::string_view type) {
  const auto* remedy = std::ranges::find(kRemedies, type, &Remedy::type);
  return remedy == std::end(kRemedies) ? "replace it or leave it out of the model" : remedy->remedy;
}

}  // namespace qrun::converter
