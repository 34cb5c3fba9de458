// The loop over the operators, and the refusals that are the same for all of them.

#include "converter/lower/lowering.h"

#include <algorithm>

#include "converter/lower/operators.h"
#include "converter/lower/quantities.h"
#include "converter/refusal.h"
#include "kernels/kernels.h"

namespace qrun::converter {
namespace {

constexpr const char* kQuantizeFirst = "quantize it to int8 first (post-training full-integer quantization)";

bool is_real(DType dtype) { return dtype == DType::kFloat32 || dtype == DType::kFloat16; }

void check_dtype(const Tensor& tensor) {
  if (is_8_bit(tensor.dtype) || is_index(tensor.dtype)) return;
  if (is_real(tensor.dtype)) refuse("'{}' is {}; {}", tensor.name, dtype_name(tensor.dtype), kQuantizeFirst);
  refuse("'{}' is {}, which is not supported; use int8 or uint8", tensor.name, dtype_name(tensor.dtype));
}

void check_shape(const Tensor& tensor) {
  if (tensor.rank() > kernels::kMaxRank) {
    refuse("'{}' has rank {}; at most {} is supported", tensor.name, tensor.rank(), kernels::kMaxRank);
  }
  if (tensor.elements() == 0) refuse("'{}' has the empty shape {}", tensor.name, shape_text(tensor.shape));
}

void check_tensor(const Tensor& tensor) {
  check_dtype(tensor);
  check_shape(tensor);
  if (is_8_bit(tensor.dtype)) check_quantization(tensor);
}

std::vector<TensorId> operands(const Operator& op) {
  std::vector<TensorId> ids = op.inputs;
  ids.insert(ids.end(), op.outputs.begin(), op.outputs.end());
  std::erase(ids, kAbsent);
  return ids;
}

void check_operands(const Graph& graph, const Operator& op) {
  const std::vector<TensorId> ids = operands(op);
  const auto any = [&](auto predicate) {
    return std::any_of(ids.begin(), ids.end(), [&](TensorId id) { return predicate(graph.tensors[id]); });
  };
  if (any([](const Tensor& tensor) { return is_real(tensor.dtype) && !tensor.is_constant; })) {
    if (any([](const Tensor& tensor) { return is_8_bit(tensor.dtype) && tensor.is_constant; })) {
      refuse("its weights are 8-bit but its activations are real numbers (a dynamic-range model); {}", kQuantizeFirst);
    }
    if (any([](const Tensor& tensor) { return is_8_bit(tensor.dtype); })) {
      refuse("it converts real numbers inside the graph; {}", kQuantizeFirst);
    }
    refuse("it computes with real numbers; {}", kQuantizeFirst);
  }
  for (const TensorId id : ids) check_tensor(graph.tensors[id]);
}

// Exporters join the names of all that they fused; the first hundred characters tell enough.
std::string offender(const Graph& graph, const Operator& op, const char* why) {
  constexpr std::size_t kLongest = 100;
  const std::string& name = graph.tensors[op.output()].name;
  return fmt::format("{} '{:.{}}{}': {}", op.kind, name, kLongest, name.size() > kLongest ? "..." : "", why);
}

void check_edges(const Graph& graph, std::vector<std::string>& offenders) {
  const auto check = [&](const char* edge, TensorId id) {
    try {
      check_tensor(graph.tensors[id]);
    } catch (const Refusal& refusal) {
      offenders.push_back(fmt::format("{}: {}", edge, refusal.what()));
    }
  };
  for (const TensorId input : graph.inputs) check("graph input", input);
  for (const TensorId output : graph.outputs) check("graph output", output);
}

}  // namespace

void lower(const Dequantize&, const Operator& op, Lowering& out) {
  refuse("'{}' is {}; only float32 can be the result", out.output(op).name, dtype_name(out.output(op).dtype));
}

void lower(const Cast&, const Operator&, Lowering&) {
  throw Refusal("casts are supported of constants only; use QUANTIZE between 8-bit types");
}

// A reader gives these only of real numbers, which check_operands() refuses before.
void lower(const Div&, const Operator&, Lowering&) { throw Refusal("division is supported by constants only"); }
void lower(const Pow&, const Operator&, Lowering&) {
  throw Refusal("powers are supported with constant exponents only");
}
void lower(const Maximum&, const Operator&, Lowering&) { throw Refusal("a maximum is supported with constants only"); }
void lower(const Minimum&, const Operator&, Lowering&) { throw Refusal("a minimum is supported with constants only"); }

void lower(const Unsupported& params, const Operator&, Lowering&) { throw Refusal(params.reason); }

LoweredOperators lower(Graph& graph) {
  Lowering lowering(graph);
  std::vector<std::string> offenders;
  for (const Operator& op : graph.operators) {
    try {
      const auto* unsupported = std::get_if<Unsupported>(&op.parameters);
      if (unsupported != nullptr && unsupported->reason.empty()) continue;
      if (unsupported == nullptr) check_operands(graph, op);
      std::visit([&](const auto& params) { lower(params, op, lowering); }, op.parameters);
    } catch (const Refusal& refusal) {
      offenders.push_back(offender(graph, op, refusal.what()));
    }
  }
  const std::size_t operators = offenders.size();
  if (offenders.empty()) check_edges(graph, offenders);
  if (offenders.empty()) return std::move(lowering).take();
  if (operators == 0) throw Refusal("its inputs or outputs cannot be converted", std::move(offenders));
  const std::string summary = fmt::format("{} operator{} cannot be converted", operators, operators == 1 ? "" : "s");
  throw Refusal(summary, std::move(offenders));
}

}  // namespace qrun::converter
