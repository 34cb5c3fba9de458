#include "converter/calibrate/linear_pairs.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace qrun::converter::calibrate {
namespace {

bool is_homogeneous(const Activation& activation) {
  return activation == Activation::kNone || activation == Activation::kRelu;
}

// Where the channels of a pair's first layer are in what follows from it: element i is of channel i / stride %
// channels.
struct ChannelOrder {
  std::size_t channels, stride = 1;
};

// Whether an element-wise function without constants has f(x / s) = f(x) / s in its first input. Clamps at another
// number than 0 do not: RELU6 of x / s is cut at 6, not at 6 / s, which would take a clamp per channel.
struct IsHomogeneous {
  bool operator()(const Relu& relu) const { return is_homogeneous(relu.activation); }
  bool operator()(const LeakyRelu&) const { return true; }
  bool operator()(const PRelu&) const { return true; }
  bool operator()(const Abs&) const { return true; }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

// The same of what combines the values of each channel, the last axis, with each other.
struct KeepsChannelsApart {
  std::size_t rank;

  bool operator()(const Pool2D& pool) const { return is_homogeneous(pool.activation); }
  bool operator()(const Reduce& reduce) const {
    return reduce.axes.empty() || static_cast<std::size_t>(reduce.axes.back()) + 1 < rank;
  }
  bool operator()(const ResizeBilinear&) const { return true; }
  bool operator()(const ResizeNearest&) const { return true; }
  bool operator()(const Pad& pad) const { return pad.real == 0 && pad.before.back() == 0 && pad.after.back() == 0; }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

struct ActivationOf {
  template <class Parameters>
  std::optional<Activation> operator()(const Parameters& parameters) const {
    if constexpr (requires { parameters.activation; }) return parameters.activation;
    return std::nullopt;
  }
};

enum class Layout { kOther, kConv, kDepthwise, kMatrix };

struct LayoutOf {
  Layout operator()(const Conv2D&) const { return Layout::kConv; }
  Layout operator()(const DepthwiseConv2D&) const { return Layout::kDepthwise; }
  Layout operator()(const FullyConnected&) const { return Layout::kMatrix; }
  template <class Other>
  Layout operator()(const Other&) const {
    return Layout::kOther;
  }
};

class Finder {
 public:
  explicit Finder(const Graph& graph)
      : graph_(graph), uses_(use_counts(graph)), readers_(graph.tensors.size(), kAbsent) {
    for (std::size_t i = 0; i < graph.operators.size(); ++i) {
      for (const TensorId input : graph.operators[i].inputs) {
        if (input != kAbsent) readers_[input] = i;
      }
    }
  }

  LinearPairs find() {
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      const std::optional<LinearLayer> first = layer(i);
      if (first && is_homogeneous(*std::visit(ActivationOf{}, graph_.operators[i].parameters))) follow(*first);
    }
    return std::move(found_);
  }

 private:
  // Its only reader can be rescaled with it.
  bool is_own_constant(TensorId id) const {
    const Tensor& tensor = graph_.tensors[id];
    return tensor.is_constant && tensor.dtype == DType::kFloat32 && uses_[id] == 1;
  }

  std::optional<LinearLayer> layer(std::size_t index) const {
    const Operator& op = graph_.operators[index];
    const Layout layout = std::visit(LayoutOf{}, op.parameters);
    if (layout == Layout::kOther) return std::nullopt;
    const TensorId weights = op.inputs[1], bias = op.inputs.size() > 2 ? op.inputs[2] : kAbsent;
    if (!is_own_constant(weights) || (bias != kAbsent && !is_own_constant(bias))) return std::nullopt;
    const Shape &x = graph_.tensors[op.inputs[0]].shape, &shape = graph_.tensors[weights].shape;
    if (x.empty() || x.back() <= 0 || graph_.tensors[weights].elements() == 0) return std::nullopt;
    const auto elements = static_cast<std::size_t>(graph_.tensors[weights].elements());
    const auto channels = static_cast<std::size_t>(x.back()), last = static_cast<std::size_t>(shape.back());
    const std::size_t outputs = layout == Layout::kDepthwise ? last : static_cast<std::size_t>(shape[0]);
    LinearLayer result{index, weights, bias, outputs, elements / outputs, channels, 1, 1, outputs};
    if (layout == Layout::kConv) {
      result.inputs = last;
      result.groups = channels / last;
      result.outputs_in_group = outputs / std::max<std::size_t>(result.groups, 1);
    } else if (layout == Layout::kDepthwise) {
      result.output_stride = 1;
      result.input_repeats = outputs / channels;
    }
    const bool fits =
        layout == Layout::kDepthwise ? result.input_repeats * channels == outputs : last % result.inputs == 0;
    // What does not fit is for the lowering to refuse.
    return fits && result.inputs * result.groups == channels && result.outputs_in_group * result.groups == outputs
               ? std::optional(result)
               : std::nullopt;
  }

  // From a layer to the next one.
  void follow(const LinearLayer& first) {
    LinearPair pair;
    ChannelOrder order{first.outputs};
    TensorId x = graph_.operators[first.op].output();
    if (!is_last_axis(order, x)) return;
    // No cycles: operators stand in order of execution.
    while (uses_[x] == 1 && readers_[x] != kAbsent) {
      const Operator& reader = graph_.operators[readers_[x]];
      if (std::optional<LinearLayer> second = layer(readers_[x]); second && reader.inputs[0] == x) {
        if (reads(*second, x, order)) join(first, *second, std::move(pair));
        return;
      }
      if (!passes(reader, x, order, pair)) return;
      x = reader.output();
    }
  }

  bool is_last_axis(const ChannelOrder& order, TensorId id) const {
    const Shape& shape = graph_.tensors[id].shape;
    return order.stride == 1 && !shape.empty() && static_cast<std::size_t>(shape.back()) == order.channels;
  }

  // Whether each of the layer's weights is for one of the channels of x; the layer knows which one then.
  bool reads(LinearLayer& second, TensorId x, const ChannelOrder& order) const {
    if (is_last_axis(order, x)) return true;
    const Operator& op = graph_.operators[second.op];
    if (!std::holds_alternative<FullyConnected>(op.parameters)) return false;
    const auto depth = static_cast<std::size_t>(graph_.tensors[second.weights].shape.back());
    if (depth % (order.stride * order.channels) != 0) return false;
    second.inputs = order.channels;
    second.input_repeats = order.stride;
    return true;
  }

  bool passes(const Operator& reader, TensorId x, ChannelOrder& order, LinearPair& pair) const {
    if (reader.outputs.size() != 1 || reader.inputs.empty()) return false;
    if (std::holds_alternative<Reshape>(reader.parameters)) return true;  // keeps the order
    if (std::visit(IsHomogeneous{}, reader.parameters)) {
      return reader.inputs[0] == x && graph_.tensors[reader.output()].shape == graph_.tensors[x].shape;
    }
    if (!is_last_axis(order, x)) return false;
    if (const auto* transpose = std::get_if<Transpose>(&reader.parameters)) return transposes(*transpose, x, order);
    if (std::visit(KeepsChannelsApart{graph_.tensors[x].rank()}, reader.parameters)) {
      return is_last_axis(order, reader.output());
    }
    return passes_affine(reader, x, order, pair);
  }

  bool transposes(const Transpose& transpose, TensorId x, ChannelOrder& order) const {
    const std::vector<std::int32_t>& permutation = transpose.permutation;
    const auto last = static_cast<std::int32_t>(permutation.size()) - 1;
    for (std::size_t i = permutation.size(); i-- > 0 && permutation[i] != last;) {
      order.stride *= static_cast<std::size_t>(graph_.tensors[x].shape[static_cast<std::size_t>(permutation[i])]);
    }
    return order.stride > 0;
  }

  bool passes_affine(const Operator& reader, TensorId x, const ChannelOrder& order, LinearPair& pair) const {
    const bool adds = std::holds_alternative<Add>(reader.parameters) || std::holds_alternative<Sub>(reader.parameters);
    if (!adds && !std::holds_alternative<Mul>(reader.parameters)) return false;
    if (!is_homogeneous(*std::visit(ActivationOf{}, reader.parameters))) return false;
    const TensorId other = reader.inputs[reader.inputs[0] == x ? 1 : 0];
    if (!is_last_axis(order, reader.output())) return false;
    if (!adds) return graph_.tensors[other].is_constant;
    if (!is_own_constant(other) || !is_last_axis(order, other)) return false;
    pair.addends.push_back(other);
    return true;
  }

  void join(const LinearLayer& first, const LinearLayer& second, LinearPair pair) {
    pair.first = index_of(first);
    pair.second = index_of(second);
    found_.pairs.push_back(std::move(pair));
  }

  std::size_t index_of(const LinearLayer& layer) {
    const auto same = [&](const LinearLayer& other) { return other.op == layer.op; };
    const auto known = std::find_if(found_.layers.begin(), found_.layers.end(), same);
    if (known != found_.layers.end()) return static_cast<std::size_t>(known - found_.layers.begin());
    found_.layers.push_back(layer);
    return found_.layers.size() - 1;
  }

  const Graph& graph_;
  std::vector<std::size_t> uses_, readers_;
  LinearPairs found_;
};

}  // namespace

LinearPairs find_linear_pairs(const Graph& graph) { return Finder(graph).find(); }

}  // namespace qrun::converter::calibrate
