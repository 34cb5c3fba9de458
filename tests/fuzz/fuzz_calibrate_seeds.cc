// Small float networks of both formats.

#include <cstring>

#include "tests/converter/onnx/onnx_builder.h"
#include "tests/converter/tflite_builder.h"
#include "tests/fuzz/seeds.h"

namespace qrun::test {
namespace {

constexpr std::int64_t kOne = 1;

std::vector<float> ramp(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = 0.25F * static_cast<float>(i % 7) - 0.5F;
  return values;
}

// A residual block, pools, and a classifier.
OnnxBuilder images() {
  OnnxBuilder file(13);
  const std::string x = file.input("x", {1, 2, 4, 4});
  std::string y = file.add("Conv", {x, file.reals("w", {2, 1, 3, 3}, ramp(18))}, "depthwise",
                           {{"group", kOne * 2}, {"pads", Extents{1, 1, 1, 1}}});
  y = file.add("BatchNormalization",
               {y, file.reals("gamma", {2}, {2, -1}), file.reals("beta", {2}, {1, 0}), file.reals("mean", {2}, {0, 3}),
                file.reals("variance", {2}, {1, 4})},
               "normal");
  y = file.add("Clip", {y, file.reals("low", {}, {0}), file.reals("high", {}, {6})}, "clip");
  y = file.add("Conv", {y, file.reals("v", {2, 2, 1, 1}, ramp(4)), file.reals("c", {2}, {0.5F, -1})}, "pointwise");
  y = file.add("Relu", {file.add("Add", {y, x}, "sum")}, "relu");
  y = file.add("ConvTranspose", {y, file.reals("up", {2, 2, 2, 2}, ramp(16))}, "twice", {{"strides", Extents{2, 2}}});
  y = file.add("MaxPool", {y}, "greatest", {{"kernel_shape", Extents{2, 2}}, {"strides", Extents{2, 2}}});
  y = file.add("Resize", {y, "", file.reals("scales", {4}, {1, 1, 2, 2})}, "finer", {{"mode", "linear"}});
  y = file.add("Concat", {y, file.add("Pad", {y, file.integers("pads", Extents(8, 0))}, "padded")}, "joined",
               {{"axis", kOne}});
  y = file.add("Flatten", {file.add("GlobalAveragePool", {y}, "average")}, "flat");
  y = file.add("Gemm", {y, file.reals("g", {4, 3}, ramp(12)), file.reals("h", {3}, {1, 0, -1})}, "scores");
  file.output(file.add("Softmax", {y}, "classes"));
  return file;
}

// Functions of one value, and of two tensors.
OnnxBuilder elementwise() {
  OnnxBuilder file;
  const std::string x = file.input("x", {2, 3});
  std::string y = file.add("Mul", {x, file.add("Sigmoid", {x}, "sigmoid")}, "silu");
  y = file.add("PRelu", {y, file.reals("slope", {3}, {0.5F, -0.25F, 0})}, "prelu");
  y = file.add("MatMul", {y, file.reals("w", {3, 3}, ramp(9))}, "matmul");
  y = file.add("HardSwish", {file.add("Tanh", {y}, "tanh")}, "swish");
  file.output(file.add("ReduceMean", {file.add("Sub", {y, x}, "less")}, "mean", {{"axes", Extents{0}}}));
  file.output(file.add("ArgMax", {y}, "class", {{"axis", kOne}}));
  return file;
}

std::vector<std::uint8_t> bytes_of(const std::vector<float>& values) {
  std::vector<std::uint8_t> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// CONV_2D with a ReLU6, and a FULLY_CONNECTED whose weights alone are int8.
TfliteBuilder hybrid() {
  TfliteBuilder file;
  const int x = file.input("x", {1, 4, 4, 2}, {}, Type::FLOAT32);
  const int w = file.constant("w", {2, 3, 3, 2}, bytes_of(ramp(36)), {}, Type::FLOAT32);
  const int b = file.constant("b", {2}, bytes_of({0.5F, -0.5F}), {}, Type::FLOAT32);
  tflite::Conv2DOptionsT convolution;
  convolution.padding = tflite::Padding::VALID;
  convolution.stride_h = convolution.stride_w = 1;
  convolution.fused_activation_function = tflite::ActivationFunctionType::RELU6;
  const int y = file.add(Code::CONV_2D, convolution, {x, w, b}, "y", {1, 2, 2, 2}, {}, Type::FLOAT32);
  const int v = file.constant("v", {3, 8}, std::vector<std::uint8_t>(24, 100), {0.01F, 0});
  file.output(file.add(Code::FULLY_CONNECTED, tflite::FullyConnectedOptionsT{}, {y, v, -1}, "scores", {1, 3}, {},
                       Type::FLOAT32));
  return file;
}

// `options` is even for .tflite and odd for .onnx.
template <class Builder>
Seed seed(const char* name, std::uint8_t options, const Builder& file) {
  Seed result{name, {options}};
  const auto bytes = file.finish();
  result.bytes.insert(result.bytes.end(), bytes.begin(), bytes.end());
  return result;
}

}  // namespace

std::vector<Seed> seeds() {
  return {seed("images.onnx", 1, images()), seed("images_entropy.onnx", 9, images()),
          seed("elementwise.onnx", 7, elementwise()), seed("hybrid.tflite", 4, hybrid())};
}

}  // namespace qrun::test
