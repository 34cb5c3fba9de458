#include "converter/passes/fold_constants.h"

#include <algorithm>
#include <numeric>

namespace qrun::converter {
namespace {

constexpr std::size_t kMaxFoldedBytes = std::size_t{64} << 20;

using Bytes = std::vector<std::uint8_t>;

// Element (i0, i1, ...) of the result is element offset + sum i_d * stride_d of the source.
struct Walk {
  std::vector<std::int64_t> extents, strides;
  std::int64_t offset = 0;
};

std::vector<std::int64_t> strides_of(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

Bytes walk_bytes(const Walk& walk, std::span<const std::uint8_t> source, std::size_t element) {
  Bytes result;
  std::vector<std::int64_t> index(walk.extents.size(), 0);
  std::int64_t count = 1;
  for (const std::int64_t extent : walk.extents) count *= extent;
  result.reserve(static_cast<std::size_t>(count) * element);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t at = std::inner_product(index.begin(), index.end(), walk.strides.begin(), walk.offset);
    const auto from = source.subspan(static_cast<std::size_t>(at) * element, element);
    result.insert(result.end(), from.begin(), from.end());
    for (std::size_t d = index.size(); d-- > 0 && ++index[d] == walk.extents[d];) index[d] = 0;
  }
  return result;
}

class Folder {
 public:
  Folder(const Graph& graph, const Operator& op)
      : graph_(graph), op_(op), x_(graph.tensors[op.inputs[0]]), y_(graph.tensors[op.output()]) {}

  std::optional<Bytes> operator()(const Transpose& transpose) const {
    Walk walk{extents(), {}, 0};
    const auto strides = strides_of(x_.shape);
    for (const std::int32_t axis : transpose.permutation) {
      walk.strides.push_back(strides[static_cast<std::size_t>(axis)]);
    }
    return walk_bytes(walk, x_.data, dtype_bytes(x_.dtype));
  }

  std::optional<Bytes> operator()(const Slice& slice) const {
    Walk walk{extents(), strides_of(x_.shape), 0};
    for (std::size_t i = 0; i < walk.strides.size(); ++i) {
      walk.offset += walk.strides[i] * slice.begin[i];
      walk.strides[i] *= slice.step[i];
    }
    return walk_bytes(walk, x_.data, dtype_bytes(x_.dtype));
  }

  std::optional<Bytes> operator()(const Tile& tile) const {
    Walk walk;
    const auto strides = strides_of(x_.shape);
    for (std::size_t i = 0; i < strides.size(); ++i) {
      walk.extents.insert(walk.extents.end(), {tile.repeats[i], x_.shape[i]});
      walk.strides.insert(walk.strides.end(), {0, strides[i]});
    }
    return walk_bytes(walk, x_.data, dtype_bytes(x_.dtype));
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

  std::optional<Bytes> operator()(const Add&) const { return arithmetic(std::plus<>()); }
  std::optional<Bytes> operator()(const Sub&) const { return arithmetic(std::minus<>()); }
  std::optional<Bytes> operator()(const Mul&) const { return arithmetic(std::multiplies<>()); }

  std::optional<Bytes> operator()(const Cast&) const {
    if (!is_index(x_.dtype) || !is_index(y_.dtype)) return std::nullopt;
    return integer_bytes(integers(x_), y_.dtype);
  }

  template <class Other>
  std::optional<Bytes> operator()(const Other&) const {
    return std::nullopt;
  }

 private:
  std::vector<std::int64_t> extents() const { return {y_.shape.begin(), y_.shape.end()}; }

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

  // Of equal shapes, or a shape and one element.
  template <class Function>
  std::optional<Bytes> arithmetic(Function function) const {
    const Tensor& other = graph_.tensors[op_.inputs[1]];
    if (!is_index(x_.dtype) || other.dtype != x_.dtype || y_.dtype != x_.dtype) return std::nullopt;
    const auto a = integers(x_), b = integers(other);
    const std::size_t count = std::max(a.size(), b.size());
    if ((a.size() != count && a.size() != 1) || (b.size() != count && b.size() != 1)) return std::nullopt;
    if (y_.elements() != static_cast<std::int64_t>(count)) return std::nullopt;
    std::vector<std::int64_t> result(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto left = static_cast<std::uint64_t>(a[a.size() == 1 ? 0 : i]);
      const auto right = static_cast<std::uint64_t>(b[b.size() == 1 ? 0 : i]);
      result[i] = static_cast<std::int64_t>(function(left, right));
    }
    return integer_bytes(result, y_.dtype);
  }

  const Graph& graph_;
  const Operator& op_;
  const Tensor& x_;
  const Tensor& y_;
};

bool within_budget(const Graph& graph, const Tensor& output) {
  const std::size_t bytes = static_cast<std::size_t>(output.elements()) * dtype_bytes(output.dtype);
  return graph.made_bytes + bytes <= kMaxFoldedBytes;
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
