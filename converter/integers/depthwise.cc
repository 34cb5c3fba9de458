// What a depthwise convolution of constant weights stands for: a scale and an offset of each channel, and means.

#include "converter/integers/linear.h"

namespace qrun::converter::integral {
namespace {

// A depthwise convolution of images, by weights that are all `weight` and have a scale for each channel.
void emit_depthwise(Context& context, TensorId x, const Window& window, std::int32_t rows, std::int32_t columns,
                    std::int8_t weight, Epilogue epilogue, TensorId output, const std::string& kind) {
  const std::int32_t channels = context.tensor(x).shape[3];
  const auto count =
      static_cast<std::size_t>(channels) * static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  context.graph().check_room(count);
  context.graph().take_room(static_cast<std::size_t>(channels) * sizeof(double));
  const TensorId integers = context.add_constant(context.tensor(output).name + "/weights", {1, rows, columns, channels},
                                                 DType::kInt8, {{1.0F / static_cast<float>(weight)}, {0}, 0},
                                                 std::vector<std::uint8_t>(count, static_cast<std::uint8_t>(weight)));
  const TensorId weights = context.add_tensor(context.tensor(output).name + "/real_weights",
                                              {1, rows, columns, channels}, DType::kFloat32, {});
  const TensorId real_x = context.add_tensor(context.tensor(x).name, context.tensor(x).shape, DType::kFloat32, {});
  context.set_twin(weights, integers);
  context.set_twin(real_x, x);
  const Operator op{DepthwiseConv2D{window, Activation::kNone}, {real_x, weights, kAbsent}, {output}, kind};
  if (epilogue.scale.size() == 1) epilogue.scale.resize(static_cast<std::size_t>(channels), epilogue.scale[0]);
  emit_linear(context, op, epilogue, output);
}

}  // namespace

// Weights of 64 leave six bits below the input's step for the offsets.
void emit_channel_scale(Context& context, TensorId x, const Epilogue& epilogue, TensorId output,
                        const std::string& kind) {
  constexpr std::int8_t kWeight = 64;
  const Tensor& source = context.tensor(x);
  const Tensor& target = context.tensor(output);
  const std::int32_t channels = source.shape.empty() ? 1 : source.shape.back();
  const Shape image = {1, 1, static_cast<std::int32_t>(source.elements() / channels), channels};
  const TensorId from = context.add_tensor(source.name + "/rows", image, DType::kInt8, source.quantization);
  const TensorId to = context.add_tensor(target.name + "/rows", image, DType::kInt8, target.quantization);
  context.emit(Reshape{}, {x}, from, kind);
  emit_depthwise(context, from, {}, 1, 1, kWeight, epilogue, to, kind);
  context.emit(Reshape{}, {to}, output, kind);
}

void emit_window_mean(Context& context, const Operator& op, TensorId x, const Epilogue& epilogue, TensorId output) {
  const auto& pool = std::get<Pool2D>(op.parameters);
  Epilogue mean = epilogue;
  const double taps = static_cast<double>(pool.kernel_height) * static_cast<double>(pool.kernel_width);
  for (double& scale : mean.scale) scale /= taps;
  emit_depthwise(context, x, pool.window, pool.kernel_height, pool.kernel_width, 1, mean, output, op.kind);
}

}  // namespace qrun::converter::integral
