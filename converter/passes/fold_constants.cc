#include "converter/passes/fold_constants.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "converter/lower/functions.h"
#include "converter/walk.h"

namespace qrun::converter {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes walk_bytes(const Walk& walk, std::span<const std::uint8_t> source, std::size_t element) {
  Bytes result;
  each(walk, [&](std::int64_t at) {
    const auto from = source.subspan(static_cast<std::size_t>(at) * element, element);
    result.insert(result.end(), from.begin(), from.end());
  });
  return result;
}

class Folder {
 public:
  Folder(const Graph& graph, const Operator& op)
      : graph_(graph), op_(op), x_(graph.tensors[op.inputs[0]]), y_(graph.tensors[op.output()]) {}

  std::optional<Bytes> operator()(const Transpose& transpose) const {
    return walk_bytes(transposed_walk(transpose, x_.shape, y_.shape), x_.data, dtype_bytes(x_.dtype));
  }

  std::optional<Bytes> operator()(const Slice& slice) const {
    return walk_bytes(sliced_walk(slice, x_.shape, y_.shape), x_.data, dtype_bytes(x_.dtype));
  }

  std::optional<Bytes> operator()(const Tile& tile) const {
    return walk_bytes(tiled_walk(tile, x_.shape), x_.data, dtype_bytes(x_.dtype));
  }

  std::optional<Bytes> operator()(const Gather& gather) const {
    Bytes result;
    const auto [outer, block] = blocks(x_, gather.axis);
    const std::size_t entry = block / static_cast<std::size_t>(x_.shape[static_cast<std::size_t>(gather.axis)]);
    for (std::size_t i = 0; i < outer; ++i) {
      for (const std::int32_t index : gather.indices) {
        append(result, x_.data.subspan(i * block + static_cast<std::size_t>(index) * entry, entry));
      }
    }
    return result;
  }

  std::optional<Bytes> operator()(const Concatenation& concatenation) const {
    Bytes result;
    const std::size_t outer = blocks(x_, concatenation.axis).first;
    for (std::size_t i = 0; i < outer; ++i) {
      for (const TensorId id : op_.inputs) {
        const Tensor& input = graph_.tensors[id];
        const std::size_t block = blocks(input, concatenation.axis).second;
        append(result, input.data.subspan(i * block, block));
      }
    }
    return result;
  }

  std::optional<Bytes> operator()(const Pad& pad) const {
    Bytes fill = fill_of(pad);
    Bytes result;
    for (std::int64_t i = 0; i < y_.elements(); ++i) result.insert(result.end(), fill.begin(), fill.end());
    std::size_t from = 0;
    each(padded_walk(pad, x_.shape, y_.shape), [&](std::int64_t at) {
      std::copy_n(x_.data.begin() + static_cast<std::ptrdiff_t>(from), fill.size(),
                  result.begin() + static_cast<std::ptrdiff_t>(at) * static_cast<std::ptrdiff_t>(fill.size()));
      from += fill.size();
    });
    return result;
  }

  std::optional<Bytes> operator()(const Lookup& lookup) const {
    Bytes result(x_.data.size());
    std::transform(x_.data.begin(), x_.data.end(), result.begin(), [&](std::uint8_t q) { return lookup.table[q]; });
    return result;
  }

  std::optional<Bytes> operator()(const Add&) const { return arithmetic(std::plus<>()); }
  std::optional<Bytes> operator()(const Sub&) const { return arithmetic(std::minus<>()); }
  std::optional<Bytes> operator()(const Mul&) const { return arithmetic(std::multiplies<>()); }
  std::optional<Bytes> operator()(const Div&) const {
    return arithmetic([](auto a, auto b) { return quotient(a, b); });
  }

  // Reals towards zero, saturated.
  std::optional<Bytes> operator()(const Cast&) const {
    if (is_index(x_.dtype) && is_index(y_.dtype)) return integer_bytes(integers(x_), y_.dtype);
    if (x_.dtype == DType::kFloat32 && is_index(y_.dtype)) {
      std::vector<std::int64_t> values;
      for (const float value : reals(x_)) {
        constexpr float kLimit = 0x1p62F;
        values.push_back(std::isnan(value) ? 0 : static_cast<std::int64_t>(std::clamp(value, -kLimit, kLimit)));
      }
      return integer_bytes(values, y_.dtype);
    }
    if (!is_index(x_.dtype) || y_.dtype != DType::kFloat32) return std::nullopt;
    std::vector<float> values;
    for (const std::int64_t value : integers(x_)) values.push_back(static_cast<float>(value));
    return real_bytes(values);
  }

  std::optional<Bytes> operator()(const Function& named) const {
    const RealFunction function = find_function(named.name);
    if (function == nullptr || x_.dtype != DType::kFloat32) return std::nullopt;
    std::vector<float> values;
    for (const float value : reals(x_)) values.push_back(static_cast<float>(function(static_cast<double>(value))));
    return real_bytes(values);
  }

  template <class Other>
  std::optional<Bytes> operator()(const Other&) const {
    return std::nullopt;
  }

 private:
  // How many blocks of how many bytes there are from `axis` on.
  static std::pair<std::size_t, std::size_t> blocks(const Tensor& tensor, std::int32_t axis) {
    std::size_t outer = 1, block = dtype_bytes(tensor.dtype);
    for (std::size_t i = 0; i < tensor.rank(); ++i) {
      (i < static_cast<std::size_t>(axis) ? outer : block) *= static_cast<std::size_t>(tensor.shape[i]);
    }
    return {outer, block};
  }

  static void append(Bytes& bytes, std::span<const std::uint8_t> more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
  }

  Bytes fill_of(const Pad& pad) const {
    if (x_.dtype == DType::kFloat32) return real_bytes(std::vector<float>{pad.real});
    Bytes fill(dtype_bytes(x_.dtype), 0);
    const auto& zero_points = y_.quantization.zero_points;
    fill[0] = static_cast<std::uint8_t>(pad.value ? *pad.value : zero_points.empty() ? 0 : zero_points[0]);
    return fill;
  }

  static float quotient(float a, float b) { return a / b; }
  static std::uint64_t quotient(std::uint64_t a, std::uint64_t b) {
    const auto left = static_cast<std::int64_t>(a), right = static_cast<std::int64_t>(b);
    return right == 0 || right == -1 ? 0 - a : static_cast<std::uint64_t>(left / right);
  }

  template <class T, class Function>
  std::optional<std::vector<T>> computed(const std::vector<T>& a, const std::vector<T>& b, Function function) const {
    const std::optional<Walk> left = broadcast_walk(x_.shape, y_.shape);
    const std::optional<Walk> right = broadcast_walk(graph_.tensors[op_.inputs[1]].shape, y_.shape);
    if (!left || !right) return std::nullopt;
    std::vector<T> result;
    each(*left, [&](std::int64_t at) { result.push_back(a[static_cast<std::size_t>(at)]); });
    std::size_t i = 0;
    each(*right, [&](std::int64_t at) {
      result[i] = static_cast<T>(function(result[i], b[static_cast<std::size_t>(at)]));
      ++i;
    });
    return result;
  }

  // Of reals, and of int32 and int64, which wrap.
  template <class Function>
  std::optional<Bytes> arithmetic(Function function) const {
    const Tensor& other = graph_.tensors[op_.inputs[1]];
    if (other.dtype != x_.dtype || y_.dtype != x_.dtype) return std::nullopt;
    if (x_.dtype == DType::kFloat32) {
      const auto result = computed(reals(x_), reals(other), function);
      return result ? std::optional(real_bytes(*result)) : std::nullopt;
    }
    if (!is_index(x_.dtype)) return std::nullopt;
    const auto wide = [](const std::vector<std::int64_t>& values) {
      return std::vector<std::uint64_t>(values.begin(), values.end());
    };
    const auto result = computed(wide(integers(x_)), wide(integers(other)), function);
    if (!result) return std::nullopt;
    return integer_bytes(std::vector<std::int64_t>(result->begin(), result->end()), y_.dtype);
  }

  const Graph& graph_;
  const Operator& op_;
  const Tensor& x_;
  const Tensor& y_;
};

bool within_budget(const Graph& graph, const Tensor& output) {
  const std::size_t bytes = static_cast<std::size_t>(output.elements()) * dtype_bytes(output.dtype);
  return graph.has_room(bytes);
}

}  // namespace

bool fold_constants(Graph& graph, const Operator& op) {
  if (std::holds_alternative<Unsupported>(op.parameters)) return false;
  const auto is_constant = [&](TensorId id) { return id != kAbsent && graph.tensors[id].is_constant; };
  if (op.inputs.empty() || !std::all_of(op.inputs.begin(), op.inputs.end(), is_constant)) return false;
  const Tensor& x = graph.tensors[op.inputs[0]];
  Tensor& y = graph.tensors[op.output()];
  if (dtype_bytes(x.dtype) == 0 || y.elements() == 0) return false;
  if (std::holds_alternative<Reshape>(op.parameters)) {
    if (x.dtype != y.dtype || x.elements() != y.elements()) return false;
    y.data = x.data;
    y.is_constant = true;
    return true;
  }
  if (!within_budget(graph, y)) return false;
  std::optional<Bytes> bytes = std::visit(Folder(graph, op), op.parameters);
  if (!bytes) return false;
  graph.make_constant(op.output(), *std::move(bytes));
  return true;
}

}  // namespace qrun::converter
