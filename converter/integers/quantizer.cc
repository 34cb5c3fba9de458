#include "converter/integers/quantizer.h"

#include <algorithm>
#include <cmath>

#include "converter/half_even.h"
#include "converter/integers/linear.h"
#include "converter/integers/movement.h"
#include "converter/integers/table.h"
#include "converter/lower/window.h"
#include "converter/refusal.h"

namespace qrun::converter::integral {
namespace {

constexpr int kMaxDepth = 500;  // of data movement that is not quantized in between

std::vector<std::uint8_t> quantized_bytes(const Tensor& real, const Quantization& quantization) {
  std::vector<std::uint8_t> bytes;
  for (const float value : reals(real)) {
    bytes.push_back(
        static_cast<std::uint8_t>(quantize_half_even(value, quantization.scales[0], quantization.zero_points[0])));
  }
  return bytes;
}

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

// Counts a level of recursion while it lives, however that ends.
class Level {
 public:
  explicit Level(int& depth) : depth_(depth) {
    if (depth_ >= kMaxDepth) throw Refusal("the graph is nested too deeply");
    ++depth_;
  }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  ~Level() { --depth_; }

 private:
  int& depth_;
};

void refuse_affine(const Operator& op) {
  refuse(
      "what follows {} scales or moves its result before it is quantized; put QuantizeLinear and DequantizeLinear "
      "between them (quantize the model again, with all operators)",
      op.kind);
}

}  // namespace

TensorId Quantizer::like(TensorId target, const std::string& suffix, Shape shape, const Quantization& quantization) {
  return context_.add_tensor(context_.tensor(target).name + suffix, std::move(shape), DType::kInt8, quantization);
}

TensorId Quantizer::quantize(TensorId real, const Quantization& wanted, TensorId output) {
  if (wanted.scales.size() != 1) throw Refusal("activations are quantized per channel; only weights may be");
  const auto [known, is_new] = known_.try_emplace({real, wanted.scales[0], wanted.zero_points[0]}, output);
  if (!is_new) {
    if (output != kAbsent) context_.emit(Reshape{}, {known->second}, output, "QuantizeLinear");
    return output != kAbsent ? output : known->second;
  }
  const std::optional<TensorId> twin = context_.twin(real);
  if (output == kAbsent && twin && context_.tensor(*twin).quantization == wanted) return known->second = *twin;
  if (output == kAbsent) {
    const Tensor& tensor = context_.tensor(real);
    known->second = output = context_.add_tensor(tensor.name, tensor.shape, DType::kInt8, wanted);
  }
  try {
    emit(real, {}, output);
  } catch (const Refusal&) {
    known_.erase({real, wanted.scales[0], wanted.zero_points[0]});
    throw;
  }
  return output;
}

void Quantizer::emit(TensorId real, const Epilogue& outer, TensorId target) {
  const Level level(depth_);
  const Quantization wanted = context_.tensor(target).quantization;
  if (outer.is_identity()) {
    if (const auto twin = context_.twin(real); twin && context_.tensor(*twin).quantization == wanted) {
      context_.emit(Reshape{}, {*twin}, target, "QuantizeLinear");
      return;
    }
    const Tensor& tensor = context_.tensor(real);
    if (tensor.is_constant && tensor.dtype == DType::kFloat32) {
      context_.graph().check_room(static_cast<std::size_t>(tensor.elements()));
      context_.graph().make_constant(target, quantized_bytes(tensor, wanted));
      return;
    }
    if (const std::optional<UnaryRegion> region = tabulate(context_, real, wanted)) {
      context_.emit(Lookup{region->names, region->table}, {region->leaf}, target, region->names);
      return;
    }
  }
  Epilogue epilogue = outer;
  peel(context_, real, epilogue);
  if (const std::optional<TensorId> twin = context_.twin(real)) {
    const Tensor& integers = context_.tensor(*twin);
    if (integers.quantization.scales.size() != 1)
      refuse("'{}' has a scale per channel; only weights may", integers.name);
    emit_channel_scale(context_, *twin, epilogue, target, "BatchNormalization");
  } else if (const Operator* op = context_.producer(real)) {
    emit_operator(*op, epilogue, target);
  } else if (epilogue.is_identity() && context_.is_input(real)) {
    context_.emit(Quantize{}, {real}, target, "graph input");
  } else {
    refuse("'{}' is not quantized", context_.tensor(real).name);
  }
}

// The innermost operator that is refused is the one at fault.
void Quantizer::emit_operator(const Operator& op, const Epilogue& epilogue, TensorId target) {
  try {
    emit_integers_of(op, epilogue, target);
  } catch (const Refusal&) {
    if (offender_.empty()) offender_ = op.kind;
    throw;
  }
}

void Quantizer::emit_integers_of(const Operator& op, const Epilogue& outer, TensorId target) {
  const Parameters& parameters = op.parameters;
  Epilogue epilogue = outer;
  const Activation* activation = activation_of(parameters);
  if (activation != nullptr && *activation != Activation::kNone && !prepend_clamp(epilogue, *activation)) {
    refuse_affine(op);
  }
  if (std::holds_alternative<Unsupported>(parameters)) throw Refusal("");
  if (is_movement(parameters)) return emit_movement(op, epilogue, target);
  if (std::holds_alternative<Conv2D>(parameters) || std::holds_alternative<DepthwiseConv2D>(parameters) ||
      std::holds_alternative<FullyConnected>(parameters)) {
    return emit_linear(context_, op, epilogue, target);
  }
  if (epilogue.is_affine() && !std::holds_alternative<Pool2D>(parameters)) refuse_affine(op);
  if (std::holds_alternative<Add>(parameters) || std::holds_alternative<Sub>(parameters) ||
      std::holds_alternative<Mul>(parameters)) {
    return emit_sum_or_product(op, epilogue, target);
  }
  if (std::holds_alternative<Pool2D>(parameters)) return emit_average_pool(op, epilogue, target);
  if (std::holds_alternative<PRelu>(parameters)) return emit_prelu(op, epilogue, target);
  const TensorId x = operand(context_, op, 0);
  if (emit_image_mean(op, x, epilogue, target)) return;
  const Quantization wanted = context_.tensor(target).quantization;
  const auto emit_to = [&](TensorId output) { context_.emit(parameters, {x}, output, op.kind); };
  if (std::holds_alternative<Reduce>(parameters) || std::holds_alternative<Softmax>(parameters)) {
    return emit_in_scale(wanted, epilogue, target, op.kind, emit_to);
  }
  if (std::holds_alternative<ResizeBilinear>(parameters)) {
    note_coarse_steps(op, context_.tensor(x).quantization, target);
    return emit_in_scale(context_.tensor(x).quantization, epilogue, target, op.kind, emit_to);
  }
  refuse(
      "{} depends on several tensors, or on real numbers, and has no form in integers; use Add, Sub or Mul of two "
      "quantized tensors, and constants elsewhere",
      op.kind);
}

// What is quantized before it moves gives the same bytes; epilogues go along where they treat all elements alike.
void Quantizer::emit_movement(const Operator& op, const Epilogue& outer, TensorId target) {
  Epilogue epilogue = outer;
  if (epilogue.is_per_channel()) {
    const auto repeats = channel_repeats(op, context_.tensor(op.inputs[0]), context_.tensor(op.output()));
    if (!repeats) return emit_moved_channels(op, epilogue, target);
    epilogue.repeat(*repeats);
  }
  const bool is_pool = std::holds_alternative<Pool2D>(op.parameters),
             is_pad = std::holds_alternative<Pad>(op.parameters);
  if ((is_pool || is_pad) && epilogue.is_affine()) refuse_affine(op);
  const Quantization wanted = context_.tensor(target).quantization;
  std::vector<TensorId> inputs;
  for (const TensorId input : op.inputs) {
    if (epilogue.is_identity()) {
      inputs.push_back(quantize(input, wanted));
    } else {
      inputs.push_back(like(target, fmt::format("/{}", inputs.size()), context_.tensor(input).shape, wanted));
      emit(input, epilogue, inputs.back());
    }
  }
  Parameters parameters = moved_parameters(op.parameters, wanted);
  if (auto* pad = std::get_if<Pad>(&parameters); pad != nullptr && !epilogue.is_identity()) {
    const float fill = std::min(std::max(pad->real, epilogue.clamp.min), epilogue.clamp.max);
    pad->value = quantize_half_even(fill, wanted.scales[0], wanted.zero_points[0]);
  }
  context_.emit(std::move(parameters), std::move(inputs), target, op.kind);
}

// The channels were another axis before the movement: move the integers, then scale.
void Quantizer::emit_moved_channels(const Operator& op, const Epilogue& outer, TensorId target) {
  Epilogue epilogue = outer;
  TensorId real = op.inputs[0];
  peel(context_, real, epilogue, /*uniform=*/true);
  const std::optional<TensorId> twin = context_.twin(real);
  if (!twin || op.inputs.size() != 1) refuse_affine(op);
  const Quantization quantization = context_.tensor(*twin).quantization;
  const TensorId moved = like(target, "/moved", context_.tensor(op.output()).shape, quantization);
  context_.emit(moved_parameters(op.parameters, quantization), {*twin}, moved, op.kind);
  emit_channel_scale(context_, moved, epilogue, target, op.kind);
}

void Quantizer::emit_sum_or_product(const Operator& op, const Epilogue& epilogue, TensorId target) {
  Parameters parameters = op.parameters;
  if (auto* add = std::get_if<Add>(&parameters)) add->activation = epilogue.clamp;
  if (auto* sub = std::get_if<Sub>(&parameters)) sub->activation = epilogue.clamp;
  if (auto* mul = std::get_if<Mul>(&parameters)) mul->activation = epilogue.clamp;
  context_.emit(std::move(parameters), {operand(context_, op, 0), operand(context_, op, 1)}, target, op.kind);
}

// A pool works in its input's scale; with another one wanted, and no taps that do not count, it is a sum of its window.
void Quantizer::emit_average_pool(const Operator& op, const Epilogue& epilogue, TensorId target) {
  const TensorId x = operand(context_, op, 0);
  const Pool2D pool = explicitly_padded(std::get<Pool2D>(op.parameters), context_.tensor(x));
  const Window& window = pool.window;
  const bool is_padded = window.pad_top + window.pad_left + window.pad_bottom + window.pad_right > 0;
  const Quantization& source = context_.tensor(x).quantization;
  if (is_padded && source == context_.tensor(target).quantization && !epilogue.is_affine()) {
    Pool2D clamped = pool;
    clamped.activation = epilogue.clamp;
    return context_.emit(clamped, {x}, target, op.kind);
  }
  const Operator padded{pool, op.inputs, op.outputs, op.kind};
  if (!is_padded) return emit_window_mean(context_, padded, x, epilogue, target);
  if (epilogue.is_affine()) refuse_affine(op);
  // Rounded twice, in steps of x and of the result: one step at most, unless those of x are more than twice as large.
  const float ratio = source.scales[0] / context_.tensor(target).quantization.scales[0];
  if (ratio > 2 && emit_padded_mean(context_, padded, x, epilogue, target)) return;
  note_coarse_steps(op, source, target);
  emit_in_scale(source, epilogue, target, op.kind, [&](TensorId output) { context_.emit(pool, {x}, output, op.kind); });
}

// Of rows and columns: a window mean, which rounds once, where the kernel of Reduce rounds twice, coarsely for few
// values.
bool Quantizer::emit_image_mean(const Operator& op, TensorId x, const Epilogue& epilogue, TensorId target) {
  const auto* reduce = std::get_if<Reduce>(&op.parameters);
  const Shape shape = context_.tensor(x).shape;
  if (reduce == nullptr || reduce->kind != ReduceKind::kMean || reduce->axes != std::vector<std::int32_t>{1, 2} ||
      shape.size() != 4) {
    return false;
  }
  const TensorId image = like(target, "/image", {shape[0], 1, 1, shape[3]}, context_.tensor(target).quantization);
  const Operator mean{Pool2D{PoolKind::kAverage, shape[1], shape[2], {}, Activation::kNone}, {}, {image}, op.kind};
  emit_window_mean(context_, mean, x, epilogue, image);
  context_.emit(Reshape{}, {image}, target, op.kind);
  return true;
}

// A result that is rounded in the steps of x first is off by half of one of them.
void Quantizer::note_coarse_steps(const Operator& op, const Quantization& x, TensorId target) {
  const Tensor& y = context_.tensor(target);
  const float ratio = x.scales[0] / y.quantization.scales[0];
  if (ratio <= 2) return;
  context_.graph().notes.push_back(
      fmt::format("{} '{}' rounds in steps of its input, {:.2g} of its output's: it may be {} steps off", op.kind,
                  y.name, ratio, static_cast<int>(std::ceil(std::min(ratio / 2, 255.0F)))));
}

template <class Emit>
void Quantizer::emit_in_scale(const Quantization& scale, const Epilogue& epilogue, TensorId target,
                              const std::string& kind, Emit emit_to) {
  const Quantization wanted = context_.tensor(target).quantization;
  if (scale == wanted && epilogue.is_identity()) return emit_to(target);
  const TensorId result = like(target, "/unclamped", context_.tensor(target).shape, scale);
  emit_to(result);
  context_.emit(Lookup{"requantize", requantization(scale, wanted, epilogue.clamp)}, {result}, target, kind);
}

// Slopes of several channels: quantized as weights are, where the source has them as reals.
void Quantizer::emit_prelu(const Operator& op, const Epilogue& epilogue, TensorId target) {
  const TensorId x = operand(context_, op, 0);
  const TensorId real = op.inputs[1];
  TensorId slope = context_.twin(real).value_or(real);
  if (const Tensor& tensor = context_.tensor(slope); tensor.is_constant && tensor.dtype == DType::kFloat32) {
    float greatest = 0;
    for (const float value : reals(tensor)) greatest = std::max(greatest, std::fabs(value));
    const Quantization symmetric{{greatest > 0 ? greatest / 127 : 1}, {0}, 0};
    slope =
        context_.add_constant(tensor.name, tensor.shape, DType::kInt8, symmetric, quantized_bytes(tensor, symmetric));
  }
  emit_in_scale(context_.tensor(target).quantization, epilogue, target, op.kind, [&](TensorId output) {
    context_.emit(PRelu{}, {x, slope}, output, op.kind);
  });
}

}  // namespace qrun::converter::integral
