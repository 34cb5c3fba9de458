#include "converter/integers/table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "converter/half_even.h"
#include "converter/lower/functions.h"

namespace qrun::converter::integral {
namespace {

using Reals = std::array<float, 256>;  // by byte

template <class Function>
Reals transformed(const Reals& x, Function function) {
  Reals y;
  std::ranges::transform(x, y.begin(), function);
  return y;
}

// Each operator on all 256 values at once.
struct Evaluate {
  const std::vector<Reals>& inputs;

  template <class Function>
  Reals binary(Function function) const {
    Reals y;
    std::ranges::transform(inputs[0], inputs[1], y.begin(), function);
    return y;
  }
  static Reals clamped(const Reals& x, Activation range) {
    return transformed(x, [range](float v) { return std::min(std::max(v, range.min), range.max); });
  }

  std::optional<Reals> operator()(const Relu& relu) const { return clamped(inputs[0], relu.activation); }
  std::optional<Reals> operator()(const HardSwish&) const { return (*this)(Function{"hard_swish"}); }
  std::optional<Reals> operator()(const Abs&) const { return (*this)(Function{"abs"}); }
  std::optional<Reals> operator()(const LeakyRelu& leaky) const {
    return transformed(inputs[0], [&](float v) { return v >= 0 ? v : v * leaky.alpha; });
  }
  std::optional<Reals> operator()(const PRelu&) const {
    return binary([](float v, float slope) { return v >= 0 ? v : v * slope; });
  }
  std::optional<Reals> operator()(const Function& named) const {
    const RealFunction function = find_function(named.name);
    if (function == nullptr) return std::nullopt;
    return transformed(inputs[0], [&](float v) { return static_cast<float>(function(static_cast<double>(v))); });
  }
  std::optional<Reals> operator()(const Add& add) const { return clamped(binary(std::plus<>()), add.activation); }
  std::optional<Reals> operator()(const Sub& sub) const { return clamped(binary(std::minus<>()), sub.activation); }
  std::optional<Reals> operator()(const Mul& mul) const { return clamped(binary(std::multiplies<>()), mul.activation); }
  std::optional<Reals> operator()(const Div&) const { return binary(std::divides<>()); }
  std::optional<Reals> operator()(const Pow&) const {
    return binary(
        [](float x, float y) { return static_cast<float>(std::pow(static_cast<double>(x), static_cast<double>(y))); });
  }
  std::optional<Reals> operator()(const Maximum&) const {
    return binary([](float a, float b) { return std::max(a, b); });
  }
  std::optional<Reals> operator()(const Minimum&) const {
    return binary([](float a, float b) { return std::min(a, b); });
  }
  template <class Other>
  std::optional<Reals> operator()(const Other&) const {
    return std::nullopt;
  }
};

class Region {
 public:
  Region(Context& context, const Shape& shape) : context_(context), shape_(shape) {}

  std::optional<Reals> evaluate(TensorId id) {
    const auto known = values_.find(id);
    if (known != values_.end()) return known->second;
    const std::optional<Reals> result = compute(id);
    values_.emplace(id, result);
    return result;
  }

  std::optional<TensorId> leaf() const { return leaf_; }
  std::string names() const { return names_.empty() ? "requantize" : names_; }

 private:
  std::optional<Reals> compute(TensorId id) {
    const Tensor& tensor = context_.tensor(id);
    if (const std::optional<TensorId> twin = context_.twin(id)) return leaf_values(*twin);
    if (tensor.is_constant) {
      if (tensor.dtype != DType::kFloat32 || tensor.elements() != 1) return std::nullopt;
      Reals reals;
      reals.fill(converter::reals(tensor)[0]);
      return reals;
    }
    const Operator* op = context_.producer(id);
    if (op == nullptr || tensor.shape != shape_ || depth_ > kMaxDepth) return std::nullopt;
    ++depth_;
    std::vector<Reals> inputs;
    for (const TensorId input : op->inputs) {
      const std::optional<Reals> values = input == kAbsent ? std::nullopt : evaluate(input);
      if (!values) return std::nullopt;
      inputs.push_back(*values);
    }
    --depth_;
    context_.count_evaluation();
    const std::optional<Reals> result = std::visit(Evaluate{inputs}, op->parameters);
    if (result) names_ += (names_.empty() ? "" : ", ") + op->kind.substr(0, op->kind.find(' '));
    return result;
  }

  std::optional<Reals> leaf_values(TensorId id) {
    const Tensor& tensor = context_.tensor(id);
    const Quantization& quantization = tensor.quantization;
    if (tensor.dtype != DType::kInt8 || quantization.scales.size() != 1) return std::nullopt;
    const auto value = [&](std::uint8_t byte) {
      return quantization.scales[0] * static_cast<float>(static_cast<std::int8_t>(byte) - quantization.zero_points[0]);
    };
    Reals reals;
    if (tensor.is_constant && tensor.elements() == 1) {
      reals.fill(value(tensor.data[0]));
      return reals;
    }
    if (tensor.shape != shape_ || leaf_.value_or(id) != id) return std::nullopt;
    leaf_ = id;
    for (std::size_t byte = 0; byte < reals.size(); ++byte) reals[byte] = value(static_cast<std::uint8_t>(byte));
    return reals;
  }

  // Of recursion; no chain of element-wise operators is that long.
  static constexpr int kMaxDepth = 200;
  Context& context_;
  const Shape& shape_;
  std::map<TensorId, std::optional<Reals>> values_;
  std::optional<TensorId> leaf_;
  std::string names_;
  int depth_ = 0;
};

}  // namespace

std::optional<UnaryRegion> tabulate(Context& context, TensorId result, const Quantization& wanted) {
  const Shape shape = context.tensor(result).shape;
  Region region(context, shape);
  const std::optional<Reals> reals = region.evaluate(result);
  if (!reals || !region.leaf()) return std::nullopt;
  UnaryRegion unary{*region.leaf(), region.names(), {}};
  std::ranges::transform(*reals, unary.table.begin(), [&](float real) {
    return static_cast<std::uint8_t>(quantize_half_even(real, wanted.scales[0], wanted.zero_points[0]));
  });
  return unary;
}

}  // namespace qrun::converter::integral
