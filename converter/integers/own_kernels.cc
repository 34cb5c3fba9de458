#include "converter/integers/own_kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "converter/half_even.h"
#include "converter/integers/linear.h"
#include "converter/lower/window.h"
#include "converter/refusal.h"

namespace qrun::converter::integral {
namespace {

// From bytes of one meaning to bytes of another, through a clamp.
ByteTable requantization(const Quantization& from, const Quantization& to, Activation clamp) {
  ByteTable table;
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    const float real = from.scales[0] * static_cast<float>(static_cast<std::int8_t>(byte) - from.zero_points[0]);
    const float clamped = std::min(std::max(real, clamp.min), clamp.max);
    table[byte] = static_cast<std::uint8_t>(quantize_half_even(clamped, to.scales[0], to.zero_points[0]));
  }
  return table;
}

// SAME resolved into pads.
Pool2D explicitly_padded(Pool2D pool, const Tensor& x) {
  const auto window = resolve(pool.window, x, pool.kernel_height, pool.kernel_width);
  pool.window.rule = PaddingRule::kValid;
  pool.window.pad_top = window->pad_top();
  pool.window.pad_left = window->pad_left();
  pool.window.pad_bottom = window->pad_bottom();
  pool.window.pad_right = window->pad_right();
  return pool;
}

// A result that is rounded in the steps of x first is off by half of one of them.
void note_coarse_steps(Context& context, const Operator& op, const Quantization& x, TensorId target) {
  const Tensor& y = context.tensor(target);
  const float ratio = x.scales[0] / y.quantization.scales[0];
  if (ratio <= 2) return;
  context.graph().notes.push_back(
      fmt::format("{} '{}' rounds in steps of its input, {:.2g} of its output's: it may be {} steps off", op.kind,
                  y.name, ratio, static_cast<int>(std::ceil(std::min(ratio / 2, 255.0F)))));
}

// For kernels that compute in their input's scale, or have no clamp: a table behind them, where it changes anything.
template <class Emit>
void emit_in_scale(Context& context, const Quantization& scale, const Epilogue& epilogue, TensorId target,
                   const std::string& kind, Emit emit_to) {
  const Quantization wanted = context.tensor(target).quantization;
  if (scale == wanted && epilogue.is_identity()) return emit_to(target);
  const TensorId result = like(context, target, "/unclamped", context.tensor(target).shape, scale);
  emit_to(result);
  context.emit(Lookup{"requantize", requantization(scale, wanted, epilogue.clamp)}, {result}, target, kind);
}

// Of rows and columns: a window mean, which rounds once, where the kernel of Reduce rounds twice, coarsely for few
// values.
bool emit_image_mean(Context& context, const Operator& op, TensorId x, const Epilogue& epilogue, TensorId target) {
  const auto* reduce = std::get_if<Reduce>(&op.parameters);
  const Shape shape = context.tensor(x).shape;
  if (reduce == nullptr || reduce->kind != ReduceKind::kMean || reduce->axes != std::vector<std::int32_t>{1, 2} ||
      shape.size() != 4) {
    return false;
  }
  const TensorId image =
      like(context, target, "/image", {shape[0], 1, 1, shape[3]}, context.tensor(target).quantization);
  const Operator mean{Pool2D{PoolKind::kAverage, shape[1], shape[2], {}, Activation::kNone}, {}, {image}, op.kind};
  emit_window_mean(context, mean, x, epilogue, image);
  context.emit(Reshape{}, {image}, target, op.kind);
  return true;
}

}  // namespace

void emit_sum_or_product(Context& context, const Operator& op, const Epilogue& epilogue, TensorId target) {
  Parameters parameters = op.parameters;
  if (auto* add = std::get_if<Add>(&parameters)) add->activation = epilogue.clamp;
  if (auto* sub = std::get_if<Sub>(&parameters)) sub->activation = epilogue.clamp;
  if (auto* mul = std::get_if<Mul>(&parameters)) mul->activation = epilogue.clamp;
  context.emit(std::move(parameters), {operand(context, op, 0), operand(context, op, 1)}, target, op.kind);
}

// A pool works in its input's scale; with another one wanted, and no taps that do not count, it is a sum of its window.
void emit_average_pool(Context& context, const Operator& op, const Epilogue& epilogue, TensorId target) {
  const TensorId x = operand(context, op, 0);
  const Pool2D pool = explicitly_padded(std::get<Pool2D>(op.parameters), context.tensor(x));
  const Window& window = pool.window;
  const bool is_padded = window.pad_top + window.pad_left + window.pad_bottom + window.pad_right > 0;
  const Quantization& source = context.tensor(x).quantization;
  if (is_padded && source == context.tensor(target).quantization && !epilogue.is_affine()) {
    Pool2D clamped = pool;
    clamped.activation = epilogue.clamp;
    return context.emit(clamped, {x}, target, op.kind);
  }
  const Operator padded{pool, op.inputs, op.outputs, op.kind};
  if (!is_padded) return emit_window_mean(context, padded, x, epilogue, target);
  if (epilogue.is_affine()) refuse_affine(op);
  // Rounded twice, in steps of x and of the result: one step at most, unless those of x are more than twice as large.
  const float ratio = source.scales[0] / context.tensor(target).quantization.scales[0];
  if (ratio > 2 && emit_padded_mean(context, padded, x, epilogue, target)) return;
  note_coarse_steps(context, op, source, target);
  emit_in_scale(context, source, epilogue, target, op.kind,
                [&](TensorId output) { context.emit(pool, {x}, output, op.kind); });
}

void emit_reduction(Context& context, const Operator& op, const Epilogue& epilogue, TensorId target) {
  const TensorId x = operand(context, op, 0);
  if (emit_image_mean(context, op, x, epilogue, target)) return;
  emit_in_scale(context, context.tensor(target).quantization, epilogue, target, op.kind,
                [&](TensorId output) { context.emit(op.parameters, {x}, output, op.kind); });
}

void emit_resize(Context& context, const Operator& op, const Epilogue& epilogue, TensorId target) {
  const TensorId x = operand(context, op, 0);
  const Quantization source = context.tensor(x).quantization;
  note_coarse_steps(context, op, source, target);
  emit_in_scale(context, source, epilogue, target, op.kind,
                [&](TensorId output) { context.emit(op.parameters, {x}, output, op.kind); });
}

// Slopes of several channels: quantized as weights are, where the source has them as reals.
void emit_prelu(Context& context, const Operator& op, const Epilogue& epilogue, TensorId target) {
  const TensorId x = operand(context, op, 0);
  const TensorId real = op.inputs[1];
  TensorId slope = context.twin(real).value_or(real);
  if (const Tensor& tensor = context.tensor(slope); tensor.is_constant && tensor.dtype == DType::kFloat32) {
    float greatest = 0;
    for (const float value : reals(tensor)) greatest = std::max(greatest, std::fabs(value));
    const Quantization symmetric{{greatest > 0 ? greatest / 127 : 1}, {0}, 0};
    slope =
        context.add_constant(tensor.name, tensor.shape, DType::kInt8, symmetric, quantized_bytes(tensor, symmetric));
  }
  emit_in_scale(context, context.tensor(target).quantization, epilogue, target, op.kind, [&](TensorId output) {
    context.emit(PRelu{}, {x, slope}, output, op.kind);
  });
}

}  // namespace qrun::converter::integral
