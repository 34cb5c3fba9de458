#include "converter/integers/quantizer.h"

#include <algorithm>
#include <cmath>

#include "converter/half_even.h"
#include "converter/integers/linear.h"
#include "converter/integers/movement.h"
#include "converter/integers/own_kernels.h"
#include "converter/integers/table.h"
#include "converter/refusal.h"

namespace qrun::converter::integral {
namespace {

constexpr int kMaxDepth = 500;  // of data movement that is not quantized in between

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

}  // namespace

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
  if (is_linear(parameters)) return emit_linear(context_, op, epilogue, target);
  if (epilogue.is_affine() && !std::holds_alternative<Pool2D>(parameters)) refuse_affine(op);
  if (std::holds_alternative<Add>(parameters) || std::holds_alternative<Sub>(parameters) ||
      std::holds_alternative<Mul>(parameters)) {
    return emit_sum_or_product(context_, op, epilogue, target);
  }
  if (std::holds_alternative<Pool2D>(parameters)) return emit_average_pool(context_, op, epilogue, target);
  if (std::holds_alternative<PRelu>(parameters)) return emit_prelu(context_, op, epilogue, target);
  if (std::holds_alternative<Reduce>(parameters) || std::holds_alternative<Softmax>(parameters)) {
    return emit_reduction(context_, op, epilogue, target);
  }
  if (std::holds_alternative<ResizeBilinear>(parameters)) return emit_resize(context_, op, epilogue, target);
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
      inputs.push_back(like(context_, target, fmt::format("/{}", inputs.size()), context_.tensor(input).shape, wanted));
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
  const TensorId moved = like(context_, target, "/moved", context_.tensor(op.output()).shape, quantization);
  context_.emit(moved_parameters(op.parameters, quantization), {*twin}, moved, op.kind);
  emit_channel_scale(context_, moved, epilogue, target, op.kind);
}

}  // namespace qrun::converter::integral
