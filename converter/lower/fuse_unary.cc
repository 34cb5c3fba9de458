#include "converter/lower/fuse_unary.h"

#include <algorithm>
#include <optional>

#include "converter/lower/functions.h"
#include "converter/lower/quantities.h"

namespace qrun::converter {
namespace {

kernels::Rescale native(const qfb::Rescale& rescale) { return {rescale.multiplier(), rescale.shift()}; }

std::int32_t number(std::uint8_t byte, DType dtype) {
  return dtype == DType::kInt8 ? static_cast<std::int8_t>(byte) : byte;
}

ByteTable table_of(const qfb::RequantizeT& op, const Affine& x) {
  return make_table(x, [&](std::int32_t q) {
    const std::int32_t y = kernels::apply(native(*op.rescale), q - op.input_zero_point) + op.output_zero_point;
    return static_cast<std::uint8_t>(kernels::clamp(y, {op.clamp->min(), op.clamp->max()}));
  });
}

ByteTable table_of(const qfb::LeakyReluT& op, const Affine& x, const Affine& y) {
  return make_table(x, [&](std::int32_t q) {
    const std::int32_t v = q - op.input_zero_point;
    const std::int32_t below = kernels::apply(native(*op.alpha_rescale), v);
    const std::int32_t rescaled = v >= 0 ? kernels::apply(native(*op.rescale), v) : op.negate_alpha ? -below : below;
    return static_cast<std::uint8_t>(kernels::clamp(rescaled + op.output_zero_point, {y.min, y.max}));
  });
}

// What the operator makes of each byte; nothing where it is not unary, or a hard-swish, whose arithmetic is a kernel's.
std::optional<ByteTable> table_of(const Graph& graph, const qfb::OperatorT& op) {
  const auto tensor = [&](std::int32_t id) -> const Tensor& { return graph.tensors[static_cast<TensorId>(id)]; };
  if (const auto* requantize = op.parameters.AsRequantize()) return table_of(*requantize, affine(tensor(op.inputs[0])));
  if (const auto* leaky_relu = op.parameters.AsLeakyRelu()) {
    return table_of(*leaky_relu, affine(tensor(op.inputs[0])), affine(tensor(op.outputs[0])));
  }
  const auto* lookup = op.parameters.AsLookup();
  if (lookup == nullptr) return std::nullopt;
  ByteTable table;
  std::copy(lookup->table.begin(), lookup->table.end(), table.begin());
  return table;
}

// For people.
std::string name_of(const qfb::OperatorT& op) {
  const auto* lookup = op.parameters.AsLookup();
  return lookup == nullptr ? qfb::EnumNameParameters(op.parameters.type) : lookup->function;
}

// The clamp that is the last that the operator does; null where it has none.
qfb::Clamp* clamp_of(qfb::OperatorT& op) {
  if (auto* conv = op.parameters.AsConv2D()) return conv->accumulation->clamp.get();
  if (auto* depthwise = op.parameters.AsDepthwiseConv2D()) return depthwise->accumulation->clamp.get();
  if (auto* fully_connected = op.parameters.AsFullyConnected()) return fully_connected->accumulation->clamp.get();
  if (auto* add = op.parameters.AsAdd()) return add->clamp.get();
  if (auto* mul = op.parameters.AsMul()) return mul->clamp.get();
  if (auto* pool = op.parameters.AsPool2D()) return pool->clamp.get();
  if (auto* requantize = op.parameters.AsRequantize()) return requantize->clamp.get();
  return nullptr;
}

// The range that clamps as the table does, if it does, whatever lies in `clamp`. It is within `clamp`, so that the
// tighter clamp alone gives what both give in turn.
std::optional<qfb::Clamp> tighter(const qfb::Clamp& clamp, const ByteTable& table, DType dtype) {
  const auto entry = [&](std::int32_t q) { return number(table[static_cast<std::uint8_t>(q)], dtype); };
  const kernels::Clamp range = {entry(clamp.min()), entry(clamp.max())};
  if (range.min < clamp.min() || range.min > range.max || range.max > clamp.max()) return std::nullopt;
  for (std::int32_t q = clamp.min(); q <= clamp.max(); ++q) {
    if (entry(q) != kernels::clamp(q, range)) return std::nullopt;
  }
  return stored(range);
}

class Fusion {
 public:
  Fusion(const Graph& graph, LoweredOperators& operators)
      : graph_(graph), operators_(operators), writer_(graph.tensors.size()), readers_(graph.tensors.size(), 0) {
    for (const TensorId output : graph.outputs) ++readers_[output];
    for (const auto& op : operators) {
      for (const std::int32_t input : op->inputs) {
        if (input >= 0) ++readers_[static_cast<TensorId>(input)];
      }
    }
  }

  void run() {
    // In order of execution, so that of a chain each finds what the ones before it have become.
    for (auto& op : operators_) {
      qfb::OperatorT* writer = op->inputs[0] < 0 ? nullptr : writer_[static_cast<TensorId>(op->inputs[0])];
      if (writer != nullptr && readers_[static_cast<TensorId>(op->inputs[0])] == 1 && joins(*op, *writer)) {
        writer->outputs = op->outputs;
        writer_[static_cast<TensorId>(op->outputs[0])] = writer;
        op.reset();
      } else {
        writer_[static_cast<TensorId>(op->outputs[0])] = op.get();
      }
    }
    std::erase(operators_, nullptr);
  }

 private:
  DType dtype(std::int32_t id) const { return graph_.tensors[static_cast<TensorId>(id)].dtype; }

  // Makes `writer` compute what `op` makes of its output, if that is possible.
  bool joins(const qfb::OperatorT& op, qfb::OperatorT& writer) const {
    const std::optional<ByteTable> table = table_of(graph_, op);
    if (!table) return false;
    if (qfb::Clamp* clamp = clamp_of(writer); clamp != nullptr && dtype(op.inputs[0]) == dtype(op.outputs[0])) {
      if (const std::optional<qfb::Clamp> range = tighter(*clamp, *table, dtype(op.outputs[0]))) {
        *clamp = *range;
        return true;
      }
    }
    const std::optional<ByteTable> first = table_of(graph_, writer);
    if (!first) return false;
    qfb::LookupT both;
    both.function = name_of(writer) + ", " + name_of(op);
    for (const std::uint8_t byte : *first) both.table.push_back((*table)[byte]);
    writer.parameters.Set(std::move(both));
    return true;
  }

  const Graph& graph_;
  LoweredOperators& operators_;
  std::vector<qfb::OperatorT*> writer_;  // per tensor; null: none
  std::vector<std::size_t> readers_;     // per tensor: operators and graph outputs
};

}  // namespace

void fuse_unary(const Graph& graph, LoweredOperators& operators) { Fusion(graph, operators).run(); }

}  // namespace qrun::converter
