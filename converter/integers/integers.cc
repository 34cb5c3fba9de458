#include "converter/integers/integers.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "converter/integers/movement.h"
#include "converter/integers/quantizer.h"
#include "converter/passes/fold_constants.h"
#include "converter/passes/passes.h"
#include "converter/refusal.h"

namespace qrun::converter {
namespace integral {
namespace {

class Pass {
 public:
  explicit Pass(Graph& graph)
      : graph_(graph),
        source_(std::exchange(graph.operators, {})),
        context_(graph, source_.size()),
        quantizer_(context_) {
    for (const Operator& op : source_) context_.set_producer(op);
  }

  void run() {
    for (const Operator& op : source_) rewrite(op);
    for (TensorId& output : graph_.outputs) finish(output);
    graph_.operators = context_.take();
  }

 private:
  bool is_real(TensorId id) { return graph_.tensors[id].dtype == DType::kFloat32; }

  void rewrite(const Operator& op) {
    if (std::holds_alternative<Dequantize>(op.parameters)) {
      context_.set_twin(op.output(), op.inputs[0]);
      context_.keep(op);
    } else if (std::holds_alternative<Quantize>(op.parameters) && is_real(op.inputs[0])) {
      rewrite_quantize(op);
    } else if (std::holds_alternative<ArgMax>(op.parameters) && context_.twin(op.inputs[0])) {
      context_.emit(op.parameters, {*context_.twin(op.inputs[0])}, op.output(), op.kind);
    } else if (is_movement(op.parameters) && is_real(op.output())) {
      if (!move_integers(op) && !fold(op)) context_.keep(op);
    } else if (!fold(op)) {
      context_.keep(op);
    }
  }

  // Arithmetic of constants, be they quantized.
  bool fold(const Operator& op) {
    if (std::holds_alternative<Unsupported>(op.parameters)) return false;
    const auto is_constant = [&](TensorId id) {
      return id != kAbsent && graph_.tensors[context_.twin(id).value_or(id)].is_constant;
    };
    if (!std::ranges::all_of(op.inputs, is_constant)) return false;
    Operator real = op;
    for (TensorId& input : real.inputs) {
      const std::optional<TensorId> twin = context_.twin(input);
      if (!twin) continue;
      const std::optional<std::vector<float>> values = dequantized_constant(graph_.tensors[*twin]);
      if (!values) return false;
      input = context_.add_constant(graph_.tensors[*twin].name, graph_.tensors[*twin].shape, DType::kFloat32, {},
                                    real_bytes(*values));
    }
    return fold_constants(graph_, real);
  }

  // Dequantize after moving what it would have moved.
  bool move_integers(const Operator& op) {
    std::vector<TensorId> inputs;
    for (const TensorId input : op.inputs) {
      const std::optional<TensorId> twin = context_.twin(input);
      if (!twin || graph_.tensors[*twin].quantization != graph_.tensors[*context_.twin(op.inputs[0])].quantization) {
        return false;
      }
      inputs.push_back(*twin);
    }
    const Tensor& x = graph_.tensors[inputs[0]];
    const Tensor& y = graph_.tensors[op.output()];
    // The meaning of several scales joined, or padded with one value, is another.
    const bool is_pad = std::holds_alternative<Pad>(op.parameters);
    Quantization quantization;
    try {
      quantization = moved_quantization(op, x, y);
    } catch (const Refusal& refusal) {
      // What follows finds it here.
      unsupported_.push_back({Unsupported{refusal.what()}, {}, {op.output()}, op.kind});
      context_.set_producer(unsupported_.back());
      context_.keep(unsupported_.back());
      return true;
    }
    if (is_pad && std::get<Pad>(op.parameters).real != 0 && quantization.scales.size() > 1) return false;
    if (quantization.scales.size() > 1) {
      graph_.take_room(quantization.scales.size() * (sizeof(float) + sizeof(std::int64_t)));
    }
    const TensorId moved = context_.add_tensor(y.name, y.shape, x.dtype, quantization);
    context_.emit(moved_parameters(op.parameters, quantization), std::move(inputs), moved, op.kind);
    context_.emit(Dequantize{}, {moved}, op.output(), op.kind);
    context_.set_twin(op.output(), moved);
    return true;
  }

  void rewrite_quantize(const Operator& op) {
    // Of a graph's input the caller does it.
    if (context_.is_input(op.inputs[0])) return context_.keep(op);
    try {
      quantizer_.quantize(op.inputs[0], graph_.tensors[op.output()].quantization, op.output());
    } catch (const Refusal& refusal) {
      refuse_at(op.inputs[0], op.output(), refusal.what());
    }
  }

  // The operator that has no form in integers is the offender, or the one before the quantization. Of what it needs
  // only the other offenders stay.
  void refuse_at(TensorId real, TensorId output, const std::string& why) {
    const Operator* source = context_.producer(real);
    std::vector<TensorId> offenders;
    std::set<TensorId> seen;
    find_unsupported(real, seen, offenders);
    std::string reason = offenders.empty() ? why : "";
    if (reason.empty() && offenders.empty()) reason = "what it depends on cannot be converted";
    const std::string offender = quantizer_.take_offender();
    context_.keep({Unsupported{std::move(reason)},
                   std::move(offenders),
                   {output},
                   !offender.empty()   ? offender
                   : source == nullptr ? "QuantizeLinear"
                                       : source->kind});
  }

  void find_unsupported(TensorId real, std::set<TensorId>& seen, std::vector<TensorId>& offenders) {
    constexpr std::size_t kFarEnough = 1000;
    const Operator* op = context_.producer(real);
    if (op == nullptr || seen.size() > kFarEnough || !seen.insert(real).second) return;
    if (std::holds_alternative<Unsupported>(op->parameters)) return offenders.push_back(real);
    for (const TensorId input : op->inputs) {
      if (input != kAbsent && !context_.twin(input)) find_unsupported(input, seen, offenders);
    }
  }

  // A real output that is not simply dequantized.
  void finish(TensorId& output) {
    if (!is_real(output) || context_.twin(output) || graph_.tensors[output].is_constant) return;
    if (context_.is_input(output)) return;
    const Operator* source = context_.producer(output);
    while (source != nullptr && is_movement(source->parameters) && source->inputs.size() == 1) {
      source = context_.producer(source->inputs[0]);
    }
    if (source == nullptr) return;
    const TensorId integers =
        context_.add_tensor(graph_.tensors[output].name, graph_.tensors[output].shape, DType::kInt8, {});
    const TensorId real =
        context_.add_tensor(graph_.tensors[output].name, graph_.tensors[output].shape, DType::kFloat32, {});
    const Quantization* range = natural_quantization(*source);
    try {
      if (range == nullptr) {
        refuse(
            "the graph's output '{}' is not quantized; put QuantizeLinear and DequantizeLinear behind it (quantize "
            "the model again, with its outputs)",
            graph_.tensors[output].name);
      }
      graph_.tensors[integers].quantization = *range;
      quantizer_.quantize(output, *range, integers);
      graph_.notes.push_back(
          fmt::format("the output '{}' is not quantized in the source: as {} has a known range, it "
                      "gets the scale {} and zero point {}",
                      graph_.tensors[output].name, source->kind, range->scales[0], range->zero_points[0]));
    } catch (const Refusal& refusal) {
      refuse_at(output, integers, refusal.what());
    }
    context_.emit(Dequantize{}, {integers}, real, "graph output");
    output = real;
  }

  Graph& graph_;
  const std::vector<Operator> source_;
  std::deque<Operator> unsupported_;
  Context context_;
  Quantizer quantizer_;
};

}  // namespace
}  // namespace integral

const Quantization* natural_quantization(const Operator& op) {
  static const Quantization kProbability{{1.0F / 256}, {-128}, 0}, kSigned{{1.0F / 128}, {0}, 0};
  const auto* function = std::get_if<Function>(&op.parameters);
  const auto* relu = std::get_if<Relu>(&op.parameters);
  if (std::holds_alternative<Softmax>(op.parameters) || (function != nullptr && function->name == "logistic") ||
      (relu != nullptr && relu->activation == Activation::kRelu0To1)) {
    return &kProbability;
  }
  const bool is_signed = function != nullptr && (function->name == "tanh" || function->name == "softsign" ||
                                                 function->name == "sin" || function->name == "cos");
  return is_signed ? &kSigned : nullptr;
}

void make_integers(Graph& graph) {
  integral::Pass(graph).run();
  drop_dead_code(graph);  // the reals, whose inputs would have other readers than Quantize
}

}  // namespace qrun::converter
