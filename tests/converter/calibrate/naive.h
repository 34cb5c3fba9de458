// Evaluates graphs of reals the slow way: linear layers without padding or strides, and element-wise operators whose
// second input is a number or one for each channel.

#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "converter/graph.h"

namespace qrun::test {

class Naive {
 public:
  explicit Naive(const converter::Graph& graph) : graph_(graph) {}

  // The values of the graph's only output for those of its only input.
  std::vector<double> run(const std::vector<double>& input) {
    values_.clear();
    values_[graph_.inputs[0]] = input;
    for (const converter::Operator& op : graph_.operators) {
      op_ = &op;
      std::visit([this](const auto& parameters) { evaluate(parameters); }, op.parameters);
    }
    return values_.at(graph_.outputs[0]);
  }

 private:
  using Values = std::vector<double>;

  Values input(std::size_t index) const {
    const converter::TensorId id = op_->inputs[index];
    if (!graph_.tensors[id].is_constant) return values_.at(id);
    const std::vector<float> values = converter::reals(graph_.tensors[id]);
    return {values.begin(), values.end()};
  }
  std::size_t extent(converter::TensorId id, std::size_t axis) const {
    return static_cast<std::size_t>(graph_.tensors[id].shape[axis]);
  }
  double bias(std::size_t channel) const { return op_->inputs.size() > 2 ? input(2)[channel] : 0; }

  void set(Values values, const converter::Activation& activation) {
    for (double& value : values) {
      value = std::clamp(value, static_cast<double>(activation.min), static_cast<double>(activation.max));
    }
    values_[op_->output()] = std::move(values);
  }

  // Sums the weights' element (o, ky, kx, j) times input channel `channel(o, j)` of each window.
  template <class Element, class Channel>
  void convolve(std::size_t depth, const converter::Activation& activation, Element element, Channel channel) {
    const converter::TensorId x_id = op_->inputs[0], w_id = op_->inputs[1], y_id = op_->output();
    const Values x = input(0), w = input(1);
    const std::size_t kh = extent(w_id, 1), kw = extent(w_id, 2), width = extent(x_id, 2), channels = extent(x_id, 3);
    const std::size_t rows = extent(y_id, 1), columns = extent(y_id, 2), outputs = extent(y_id, 3);
    Values y;
    for (std::size_t i = 0; i < rows * columns * outputs; ++i) {
      const std::size_t o = i % outputs, column = i / outputs % columns, row = i / outputs / columns;
      double sum = bias(o);
      for (std::size_t k = 0; k < kh * kw * depth; ++k) {
        const std::size_t j = k % depth, kx = k / depth % kw, ky = k / depth / kw;
        sum += w[element(o, ky, kx, j)] * x[((row + ky) * width + column + kx) * channels + channel(o, j)];
      }
      y.push_back(sum);
    }
    set(std::move(y), activation);
  }

  void evaluate(const converter::Conv2D& conv) {
    const converter::TensorId w = op_->inputs[1];
    const std::size_t outputs = extent(w, 0), kh = extent(w, 1), kw = extent(w, 2), depth = extent(w, 3);
    const std::size_t in_group = outputs / (extent(op_->inputs[0], 3) / depth);
    convolve(
        depth, conv.activation,
        [=](std::size_t o, std::size_t ky, std::size_t kx, std::size_t j) {
          return ((o * kh + ky) * kw + kx) * depth + j;
        },
        [=](std::size_t o, std::size_t j) { return o / in_group * depth + j; });
  }

  void evaluate(const converter::DepthwiseConv2D& conv) {
    const converter::TensorId w = op_->inputs[1];
    const std::size_t kw = extent(w, 2), outputs = extent(w, 3), multiplier = outputs / extent(op_->inputs[0], 3);
    convolve(
        1, conv.activation,
        [=](std::size_t o, std::size_t ky, std::size_t kx, std::size_t) { return (ky * kw + kx) * outputs + o; },
        [=](std::size_t o, std::size_t) { return o / multiplier; });
  }

  void evaluate(const converter::FullyConnected& layer) {
    const Values x = input(0), w = input(1);
    const std::size_t outputs = extent(op_->inputs[1], 0), depth = extent(op_->inputs[1], 1);
    Values y;
    for (std::size_t i = 0; i < x.size() / depth * outputs; ++i) {
      double sum = bias(i % outputs);
      for (std::size_t k = 0; k < depth; ++k) sum += w[i % outputs * depth + k] * x[i / outputs * depth + k];
      y.push_back(sum);
    }
    set(std::move(y), layer.activation);
  }

  template <class Function>
  void each_pair(const converter::Activation& activation, Function function) {
    const Values a = input(0), b = input(1);
    Values y;
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      y.push_back(function(a[i % a.size()], b[i % b.size()]));
    }
    set(std::move(y), activation);
  }

  void evaluate(const converter::Add& add) {
    each_pair(add.activation, [](double a, double b) { return a + b; });
  }
  void evaluate(const converter::Sub& sub) {
    each_pair(sub.activation, [](double a, double b) { return a - b; });
  }
  void evaluate(const converter::Mul& mul) {
    each_pair(mul.activation, [](double a, double b) { return a * b; });
  }
  void evaluate(const converter::PRelu&) {
    each_pair(converter::Activation::kNone, [](double x, double alpha) { return x < 0 ? alpha * x : x; });
  }
  void evaluate(const converter::Relu& relu) { set(input(0), relu.activation); }
  void evaluate(const converter::LeakyRelu& leaky) {
    Values y = input(0);
    for (double& value : y) value = value < 0 ? static_cast<double>(leaky.alpha) * value : value;
    set(std::move(y), converter::Activation::kNone);
  }
  template <class Other>
  void evaluate(const Other&) {
    throw std::logic_error("not written");
  }

  const converter::Graph& graph_;
  const converter::Operator* op_ = nullptr;
  std::map<converter::TensorId, Values> values_;
};

}  // namespace qrun::test
