#include "converter/calibrate/placement.h"

#include <algorithm>

#include "converter/integers/epilogue.h"
#include "converter/integers/movement.h"

namespace qrun::converter::calibrate {
namespace {

// What a real tensor is, once its operands are quantized.
enum class State : std::uint8_t {
  kUnknown,
  kInteger,  // itself quantized, or moved from what is
  kUnary,    // an element-wise function of one quantized tensor
  kPending,  // a kernel's result with clamps, and perhaps scales and offsets, that can still go into the kernel
};

// Which scales and offsets still go into the kernel of a pending one.
enum class Room : std::uint8_t {
  kNone,      // those of sums, softmax and the like have clamps alone
  kUniform,   // behind a clamp, one that keeps its order: it goes before the clamp then
  kChannels,  // of every channel
};

struct Value {
  State state = State::kUnknown;
  TensorId leaf = kAbsent;  // of kInteger and kUnary: the quantized tensor
  Room room = Room::kNone;  // of kPending
};

bool has_clamp(const Parameters& parameters) {
  const Activation* activation = integral::activation_of(parameters);
  return activation != nullptr && *activation != Activation::kNone;
}

// A kernel's own, before what follows it.
Room kernels_room(const Parameters& parameters) {
  const auto* pool = std::get_if<Pool2D>(&parameters);
  const bool is_whole_window =
      pool != nullptr && pool->window.rule == PaddingRule::kValid &&
      pool->window.pad_top + pool->window.pad_left + pool->window.pad_bottom + pool->window.pad_right == 0;
  return is_whole_window || is_linear(parameters) ? Room::kChannels : Room::kNone;
}

// A clamp leaves room for less.
Value pending(Room room, bool is_clamped) {
  return {State::kPending, kAbsent, is_clamped && room == Room::kChannels ? Room::kUniform : room};
}

class Placement {
 public:
  explicit Placement(const Graph& graph)
      : graph_(graph),
        uses_(use_counts(graph)),
        values_(graph.tensors.size()),
        is_marked_(graph.tensors.size(), false) {}

  std::vector<TensorId> run() {
    for (const TensorId input : graph_.inputs) {
      if (is_real(input)) mark(input);
    }
    for (const Operator& op : graph_.operators) visit(op);
    for (const TensorId output : graph_.outputs) {
      if (is_real(output) && values_[output].state != State::kInteger) mark(output);
    }
    return in_order();
  }

 private:
  bool is_real(TensorId id) const { return graph_.tensors[id].dtype == DType::kFloat32; }
  bool is_constant(TensorId id) const { return graph_.tensors[id].is_constant; }

  void mark(TensorId id) {
    is_marked_[id] = true;
    values_[id] = {State::kInteger, id};
  }
  void require(TensorId id) {
    if (values_[id].state != State::kInteger) mark(id);
  }

  std::vector<TensorId> in_order() const {
    std::vector<TensorId> order;
    const auto add = [&](TensorId id) {
      if (id != kAbsent && is_marked_[id] && std::ranges::find(order, id) == order.end()) order.push_back(id);
    };
    for (const TensorId input : graph_.inputs) add(input);
    for (const Operator& op : graph_.operators) {
      for (const TensorId input : op.inputs) add(input);
      for (const TensorId output : op.outputs) add(output);
    }
    return order;
  }

  void visit(const Operator& op) {
    const Parameters& parameters = op.parameters;
    if (op.outputs.size() != 1 || op.inputs.empty()) return;
    Value& y = values_[op.output()];
    if (std::holds_alternative<Dequantize>(parameters)) {
      y = {State::kInteger, op.output()};
    } else if (integral::is_movement(parameters)) {
      y = moved(op);
    } else if (std::holds_alternative<Relu>(parameters)) {
      y = clamped(op.inputs[0]);
    } else if (is_function(parameters)) {
      y = function_of(op.inputs[0]);
    } else if (is_binary(parameters)) {
      y = binary(op);
    } else {
      if (is_real(op.inputs[0])) require(op.inputs[0]);
      y = pending(kernels_room(parameters), has_clamp(parameters));
    }
  }

  static bool is_function(const Parameters& parameters) {
    return std::holds_alternative<LeakyRelu>(parameters) || std::holds_alternative<HardSwish>(parameters) ||
           std::holds_alternative<Abs>(parameters) || std::holds_alternative<Function>(parameters);
  }
  static bool is_binary(const Parameters& parameters) {
    return std::holds_alternative<Add>(parameters) || std::holds_alternative<Sub>(parameters) ||
           std::holds_alternative<Mul>(parameters) || std::holds_alternative<Div>(parameters) ||
           std::holds_alternative<Pow>(parameters) || std::holds_alternative<Maximum>(parameters) ||
           std::holds_alternative<Minimum>(parameters) || std::holds_alternative<PRelu>(parameters);
  }
  static bool is_affine(const Parameters& parameters) {
    return std::holds_alternative<Add>(parameters) || std::holds_alternative<Sub>(parameters) ||
           std::holds_alternative<Mul>(parameters) || std::holds_alternative<Div>(parameters);
  }

  bool goes_on(TensorId id) const { return values_[id].state == State::kPending && uses_[id] == 1; }

  Value clamped(TensorId x) { return goes_on(x) ? pending(values_[x].room, true) : function_of(x); }

  // Whether a scale or offset of x, which is pending, goes into x's kernel.
  bool has_room(TensorId x, const Operator& op, const Tensor& constant, bool constant_first) const {
    if (!goes_on(x) || values_[x].room == Room::kNone) return false;
    if (values_[x].room == Room::kChannels) return true;
    if (constant.elements() != 1 || constant.dtype != DType::kFloat32) return false;
    if (std::holds_alternative<Add>(op.parameters)) return true;
    return std::holds_alternative<Sub>(op.parameters) ? !constant_first : reals(constant)[0] > 0;
  }

  Value function_of(TensorId x) {
    if (values_[x].state != State::kUnary) require(x);
    return {State::kUnary, values_[x].leaf};
  }

  // Channels that stay the last axis can be scaled behind a reshape too.
  Value moved(const Operator& op) {
    const TensorId x = op.inputs[0];
    const Tensor &from = graph_.tensors[x], &to = graph_.tensors[op.output()];
    const bool keeps_channels = std::holds_alternative<Reshape>(op.parameters) && from.rank() > 0 && to.rank() > 0 &&
                                from.shape.back() == to.shape.back();
    if (goes_on(x) && keeps_channels) return values_[x];
    for (const TensorId input : op.inputs) {
      if (is_real(input)) require(input);
    }
    // Parts of different scales are joined in one.
    if (op.inputs.size() > 1) mark(op.output());
    return {State::kInteger, op.output()};
  }

  Value binary(const Operator& op) {
    const bool constant_first = is_constant(op.inputs[0]);
    if (!constant_first && !is_constant(op.inputs[1])) return of_two(op);
    const TensorId x = op.inputs[constant_first ? 1 : 0], constant = op.inputs[constant_first ? 0 : 1];
    const Tensor &y = graph_.tensors[op.output()], &c = graph_.tensors[constant];
    const bool same_shape = graph_.tensors[x].shape == y.shape, is_scalar = c.elements() == 1;
    const bool is_channels =
        !y.shape.empty() && !c.shape.empty() && c.shape.back() == y.shape.back() && c.elements() == y.shape.back();
    const bool invertible = is_affine(op.parameters) && !(std::holds_alternative<Div>(op.parameters) && constant_first);
    if (same_shape && (is_scalar || is_channels) && invertible && has_room(x, op, c, constant_first)) {
      return pending(values_[x].room, has_clamp(op.parameters));
    }
    if (same_shape && is_scalar) return function_of(x);
    require(x);
    if (same_shape && is_channels && invertible) return pending(Room::kChannels, has_clamp(op.parameters));
    require(constant);
    return pending(Room::kNone, true);
  }

  Value of_two(const Operator& op) {
    const Value a = values_[op.inputs[0]], b = values_[op.inputs[1]];
    const auto settled = [](const Value& value) {
      return value.state == State::kInteger || value.state == State::kUnary;
    };
    const Shape& shape = graph_.tensors[op.output()].shape;
    const bool same = settled(a) && settled(b) && a.leaf == b.leaf && graph_.tensors[op.inputs[0]].shape == shape &&
                      graph_.tensors[op.inputs[1]].shape == shape;
    if (same) return {State::kUnary, a.leaf};
    for (const TensorId input : op.inputs) require(input);
    return pending(Room::kNone, true);
  }

  const Graph& graph_;
  const std::vector<std::size_t> uses_;
  std::vector<Value> values_;
  std::vector<bool> is_marked_;
};

}  // namespace

std::vector<TensorId> tensors_to_quantize(const Graph& graph) { return Placement(graph).run(); }

}  // namespace qrun::converter::calibrate
