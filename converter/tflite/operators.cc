#include "converter/tflite/operators.h"

#include <algorithm>
#include <iterator>

namespace qrun::converter {
namespace {

// Operators without options of their own become these parameters.
template <const auto& parameters>
void read_unary(OperatorReader& reader) {
  reader.emit(parameters, {reader.input(0)}, reader.output());
}

constexpr Relu kRelu{Activation::kRelu}, kRelu6{Activation::kRelu6}, kReluN1To1{Activation::kReluN1To1},
    kRelu0To1{Activation::kRelu0To1};
constexpr HardSwish kHardSwish;
constexpr Abs kAbs;
constexpr Quantize kQuantize;
constexpr Dequantize kDequantize;
constexpr Cast kCast;

constexpr char kCos[] = "cos", kElu[] = "elu", kExp[] = "exp", kLog[] = "log", kLogistic[] = "logistic", kNeg[] = "neg",
               kRsqrt[] = "rsqrt", kSin[] = "sin", kSqrt[] = "sqrt", kSquare[] = "square", kTanh[] = "tanh";

template <const char* name>
void read_function(OperatorReader& reader) {
  reader.emit(Function{name}, {reader.input(0)}, reader.output());
}

struct Entry {
  tflite::BuiltinOperator code;
  ReadOperator read;
};

using Code = tflite::BuiltinOperator;

constexpr Entry kOperators[] = {
    {Code::ABS, read_unary<kAbs>},
    {Code::ADD, read_add},
    {Code::ARG_MAX, read_arg_max},
    {Code::ARG_MIN, read_arg_min},
    {Code::AVERAGE_POOL_2D, read_average_pool_2d},
    {Code::CAST, read_unary<kCast>},
    {Code::CONCATENATION, read_concatenation},
    {Code::CONV_2D, read_conv_2d},
    {Code::COS, read_function<kCos>},
    {Code::DEPTHWISE_CONV_2D, read_depthwise_conv_2d},
    {Code::DEQUANTIZE, read_unary<kDequantize>},
    {Code::ELU, read_function<kElu>},
    {Code::EXP, read_function<kExp>},
    {Code::EXPAND_DIMS, read_reshape},
    {Code::FULLY_CONNECTED, read_fully_connected},
    {Code::GATHER, read_gather},
    {Code::GELU, read_gelu},
    {Code::HARD_SWISH, read_unary<kHardSwish>},
    {Code::LEAKY_RELU, read_leaky_relu},
    {Code::LOG, read_function<kLog>},
    {Code::LOGISTIC, read_function<kLogistic>},
    {Code::MAX_POOL_2D, read_max_pool_2d},
    {Code::MEAN, read_mean},
    {Code::MUL, read_mul},
    {Code::NEG, read_function<kNeg>},
    {Code::PACK, read_pack},
    {Code::PAD, read_pad},
    {Code::PADV2, read_pad},
    {Code::PRELU, read_prelu},
    {Code::QUANTIZE, read_unary<kQuantize>},
    {Code::RELU, read_unary<kRelu>},
    {Code::RELU6, read_unary<kRelu6>},
    {Code::RELU_0_TO_1, read_unary<kRelu0To1>},
    {Code::RELU_N1_TO_1, read_unary<kReluN1To1>},
    {Code::RESHAPE, read_reshape},
    {Code::RESIZE_BILINEAR, read_resize_bilinear},
    {Code::RESIZE_NEAREST_NEIGHBOR, read_resize_nearest_neighbor},
    {Code::RSQRT, read_function<kRsqrt>},
    {Code::SHAPE, read_shape},
    {Code::SIN, read_function<kSin>},
    {Code::SLICE, read_slice},
    {Code::SOFTMAX, read_softmax},
    {Code::SPLIT, read_split},
    {Code::SPLIT_V, read_split_v},
    {Code::SQRT, read_function<kSqrt>},
    {Code::SQUARE, read_function<kSquare>},
    {Code::SQUEEZE, read_reshape},
    {Code::STRIDED_SLICE, read_strided_slice},
    {Code::SUB, read_sub},
    {Code::SUM, read_sum},
    {Code::TANH, read_function<kTanh>},
    {Code::TILE, read_tile},
    {Code::TRANSPOSE, read_transpose},
    {Code::UNPACK, read_unpack},
};

}  // namespace

ReadOperator find_operator(tflite::BuiltinOperator code) {
  const auto* entry = std::find_if(std::begin(kOperators), std::end(kOperators),
                                   [code](const Entry& candidate) { return candidate.code == code; });
  return entry == std::end(kOperators) ? nullptr : entry->read;
}

Activation read_activation(tflite::ActivationFunctionType activation) {
  switch (activation) {
    case tflite::ActivationFunctionType::NONE:
      return Activation::kNone;
    case tflite::ActivationFunctionType::RELU:
      return Activation::kRelu;
    case tflite::ActivationFunctionType::RELU_N1_TO_1:
      return Activation::kReluN1To1;
    case tflite::ActivationFunctionType::RELU6:
      return Activation::kRelu6;
    case tflite::ActivationFunctionType::TANH:
    case tflite::ActivationFunctionType::SIGN_BIT:
      break;
  }
  refuse("its fused activation, number {}, is not supported; use RELU, RELU6 or none", static_cast<int>(activation));
}

}  // namespace qrun::converter
