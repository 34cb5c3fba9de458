// Small models of both formats: between them every part of the readers and every way to integers.

#include <numeric>
#include <utility>

#include "tests/converter/onnx/onnx_builder.h"
#include "tests/converter/tflite_builder.h"
#include "tests/fuzz/seeds.h"

namespace qrun::test {
namespace {

constexpr std::int64_t kOne = 1;

std::vector<int> ramp(std::size_t count) {
  std::vector<int> values(count);
  std::iota(values.begin(), values.end(), -4);
  return values;
}

// Every way of data movement, one after the other.
OnnxBuilder movement() {
  OnnxBuilder file(13);
  std::string x = file.quantized_input("x", {1, 4, 2, 2});
  x = file.add("Transpose", {x}, "transposed", {{"perm", Extents{0, 2, 3, 1}}});
  x = file.add("Reshape", {x, file.integers("shape", {0, -1, 2})}, "reshaped");
  x = file.add("Slice",
               {x, file.integers("starts", {-1}), file.integers("ends", {-9}), file.integers("axes", {1}),
                file.integers("steps", {-2})},
               "sliced");
  x = file.add("Tile", {x, file.integers("repeats", {1, 2, 1})}, "tiled");
  x = file.add("Gather", {x, file.integers("indices", {1, -2})}, "gathered", {{"axis", kOne}});
  x = file.add("Unsqueeze", {x, file.integers("new", {0})}, "unsqueezed");
  x = file.add("Expand", {x, file.integers("wanted", {3, 1, 2, 2})}, "expanded");
  x = file.add("Pad", {x, file.integers("pads", {0, 1, -1, 0, 0, 0, 0, 2})}, "padded");
  x = file.add("DepthToSpace", {file.add("SpaceToDepth", {x}, "depth", {{"blocksize", kOne}})}, "space",
               {{"blocksize", kOne}});
  file.node("Split", {x, file.integers("sizes", {1, 2})}, {"a", "b"}, {{"axis", std::int64_t{0}}});
  file.quantized_output(
      file.add("Flatten", {file.add("Concat", {"b", "a", "b"}, "joined", {{"axis", kOne - 1}})}, "flat"));
  return file;
}

// Images: convolutions, pools and resizes, and what goes into them.
OnnxBuilder images() {
  OnnxBuilder file(13);
  const std::string x = file.quantized_input("x", {1, 2, 4, 4}, {0.5F, 131, OnnxType::kUInt8});
  const std::string w = file.weights("w", {2, 1, 3, 3}, ramp(18), {0.25F, 0.125F});
  std::string y = file.add("Conv", {x, w}, "depthwise", {{"group", kOne * 2}, {"auto_pad", "SAME_UPPER"}});
  y = file.add("BatchNormalization",
               {y, file.reals("gamma", {2}, {2, -1}), file.reals("beta", {2}, {1, 0}), file.reals("mean", {2}, {0, 3}),
                file.reals("variance", {2}, {1, 4})},
               "normal");
  y = file.requantize(file.add("Clip", {y, file.reals("low", {}, {0}), file.reals("high", {}, {6})}, "clip"), "q", {});
  const std::string up = file.weights("up", {2, 2, 2, 2}, ramp(16), {0.25F});
  y = file.requantize(file.add("ConvTranspose", {y, up}, "transposed", {{"strides", Extents{2, 2}}}), "t", {});
  y = file.requantize(
      file.add("AveragePool", {y}, "average", {{"kernel_shape", Extents{3, 3}}, {"pads", Extents{1, 1, 1, 1}}}), "p",
      {0.25F});
  y = file.add("MaxPool", {y}, "max", {{"kernel_shape", Extents{2, 2}}, {"ceil_mode", kOne}});
  const Names resize = {y, "", file.reals("scales", {4}, {1, 1, 2, 2})};
  y = file.requantize(file.add("Resize", resize, "nearest", {{"mode", "nearest"}}), "r", {0.25F});
  y = file.requantize(
      file.add("Resize", {y, "", "", file.integers("sizes", {1, 2, 5, 3})}, "linear", {{"mode", "linear"}}), "l", {});
  file.quantized_output(file.add("GlobalAveragePool", {y}, "pooled"));
  return file;
}

// Element-wise functions, alone and of two tensors, a softmax without quantization and the greatest class.
OnnxBuilder elementwise() {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {2, 3});
  const std::string silu = file.requantize(file.add("Mul", {x, file.add("Sigmoid", {x}, "sigmoid")}, "silu"), "s", {});
  std::string y = file.add("Add", {silu, x}, "sum");
  y = file.requantize(file.add("Relu", {y}, "relu"), "q", {});
  y = file.requantize(file.add("PRelu", {y, file.reals("slope", {3}, {0.5F, -0.25F, 0})}, "prelu"), "p", {});
  y = file.requantize(file.add("HardSigmoid", {file.add("Celu", {y}, "celu", {{"alpha", 0.5F}})}, "hard"), "h", {});
  y = file.requantize(file.add("ReduceMean", {y}, "mean", {{"axes", Extents{0}}}), "m", {});
  file.output(file.add("ArgMax", {y}, "class", {{"axis", kOne}}));
  file.output(file.add("Softmax", {y}, "probabilities"));
  return file;
}

OnnxBuilder matrices() {
  OnnxBuilder file(13);
  const std::string x = file.quantized_input("x", {2, 3});
  const std::string w = file.weights("w", {3, 4}, ramp(12), {0.25F, 0.5F, 0.125F, 1}, 1);
  std::string y = file.requantize(file.add("MatMul", {x, w}, "matmul"), "m", {});
  const std::string v = file.weights("v", {2, 4}, ramp(8), {0.25F});
  const Names gemm = {y, v, file.bias("bias", {5, -7}, {0.125F})};
  y = file.add("Gemm", gemm, "gemm", {{"transB", kOne}, {"alpha", 0.5F}, {"beta", 2.0F}});
  file.quantized_output(y);
  return file;
}

// QOperator form, uint8.
OnnxBuilder operators() {
  constexpr OnnxType kByte = OnnxType::kUInt8;
  OnnxBuilder file;
  const std::string x = file.input("x", {1, 2, 2, 2}, kByte);
  const std::string scale = file.reals("scale", {}, {0.5F}), zero = file.bytes("zero", {}, {128}, kByte);
  const std::string w = file.bytes("w", {2, 2, 1, 1}, ramp(4));
  const std::string w_scales = file.reals("w_scales", {2}, {0.5F, 0.25F}), w_zero = file.bytes("w_zero", {2}, {0, 0});
  const std::string bias = file.integers("bias", {9, -9}, OnnxType::kInt32);
  std::string y = file.add("QLinearConv", {x, scale, zero, w, w_scales, w_zero, scale, zero, bias}, "conv");
  y = file.add("QLinearAdd", {y, scale, zero, x, scale, zero, scale, zero}, "sum");
  y = file.add("QLinearConcat", {scale, zero, y, scale, zero, x, scale, zero}, "joined", {{"axis", kOne}});
  y = file.add("QLinearSigmoid", {y, scale, zero, scale, zero}, "sigmoid");
  file.output(file.add("QLinearGlobalAveragePool", {y, scale, zero, scale, zero}, "mean"));
  return file;
}

// Shapes that are computed, as exporters write them, from constants of several types.
OnnxBuilder shapes() {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {2, 3, 4});
  const std::string shape = file.add("Shape", {x}, "shape");
  const std::string first = file.add("Gather", {shape, file.integers("zero", {0})}, "first");
  const std::string rest = file.add("Div", {file.integers("twelve", {24}), first}, "rest");
  file.node("Constant", {}, {"one"}, {{"value_ints", Extents{1}}});
  const std::string ones = file.add("ConstantOfShape", {"one"}, "ones");
  file.add("Cast", {ones}, "cast", {{"to", kOne * 7}});
  const std::string sum = file.add("Add", {rest, "cast"}, "sum");
  const std::string wanted = file.add("Concat", {sum, first}, "wanted", {{"axis", std::int64_t{0}}});
  file.quantized_output(file.add("Reshape", {x, wanted}, "reshaped"));
  return file;
}

// A chain of RELU, MEAN, SOFTMAX after the convolution, whose rows a STRIDED_SLICE turns around.
TfliteBuilder tower() {
  TfliteBuilder file = small_convolution();
  const int y = file.graph().outputs[0];
  file.graph().outputs.clear();
  tflite::StridedSliceOptionsT slice;
  slice.begin_mask = slice.end_mask = 15;
  const int zeros = file.indices("zeros", {4}, {0, 0, 0, 0}), steps = file.indices("steps", {4}, {1, -1, 1, 1});
  const int turned = file.add(Code::STRIDED_SLICE, slice, {y, zeros, zeros, steps}, "turned", {1, 4, 4, 3}, {2, -5});
  const int mean = file.add(Code::MEAN, {turned, file.indices("axes", {2}, {1, 2})}, "mean", {1, 3}, {2, -5});
  const int tanh = file.add(Code::TANH, {mean}, "tanh", {1, 3}, {1.0F / 128, 0});
  tflite::SoftmaxOptionsT softmax;
  softmax.beta = 1;
  file.output(file.add(Code::SOFTMAX, softmax, {tanh}, "classes", {1, 3}, {1.0F / 256, -128}));
  return file;
}

template <class Builder>
Seed seed(const char* name, char format, const Builder& file) {
  Seed result{std::string(name) + (format == 't' ? ".tflite" : ".onnx"), {static_cast<std::uint8_t>(format)}};
  const auto bytes = file.finish();
  result.bytes.insert(result.bytes.end(), bytes.begin(), bytes.end());
  return result;
}

}  // namespace

// 't' is even and 'o' is odd, which is what the fuzzer looks at.
std::vector<Seed> seeds() {
  return {seed("convolution", 't', small_convolution()),
          seed("tower", 't', tower()),
          seed("convolution", 'o', small_onnx_convolution()),
          seed("movement", 'o', movement()),
          seed("images", 'o', images()),
          seed("elementwise", 'o', elementwise()),
          seed("matrices", 'o', matrices()),
          seed("operators", 'o', operators()),
          seed("shapes", 'o', shapes())};
}

}  // namespace qrun::test
