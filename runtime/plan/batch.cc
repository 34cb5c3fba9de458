#include "runtime/plan/batch.h"

#include <string>

#include "runtime/plan/strides.h"

namespace qrun::runtime {
namespace {

constexpr int kGraphEdge = -1;

// The tensor of which a sample takes the most bytes, and the operator that reads or writes it.
struct Largest {
  const qfb::Tensor* tensor = nullptr;
  std::int64_t bytes = 0;
  int operator_index = kGraphEdge;
};

Largest largest_operand(const qfb::Model& file) {
  Largest largest;
  const auto consider = [&](std::int32_t index, int operator_index) {
    const qfb::Tensor* tensor = file.tensors()->Get(static_cast<flatbuffers::uoffset_t>(index));
    const std::int64_t bytes = elements(shape_of(*tensor)) * dtype_bytes(tensor->dtype());
    if (bytes > largest.bytes) largest = {tensor, bytes, operator_index};
  };
  if (file.operators() != nullptr) {
    int index = 0;
    for (const qfb::Operator* op : *file.operators()) {
      // Other inputs are weights, which all samples share, or no larger than the output.
      consider(op->inputs()->Get(0), index);
      consider(op->outputs()->Get(0), index++);
    }
  }
  for (const auto* edges : {file.inputs(), file.outputs()}) {  // some may have no operator
    for (const std::int32_t index : *edges) consider(index, kGraphEdge);
  }
  return largest;
}

std::string describe(const qfb::Model& file, int operator_index) {
  if (operator_index == kGraphEdge) return "the graph's inputs and outputs";
  const auto* op = file.operators()->Get(static_cast<flatbuffers::uoffset_t>(operator_index));
  return "operator " + std::to_string(operator_index) + " (" + qfb::EnumNameParameters(op->parameters_type()) + ")";
}

}  // namespace

Status check_batch(const Model& model, std::int32_t batch) {
  if (batch < 1) return invalid_argument("batch is " + std::to_string(batch) + "; it must be at least 1");
  if (batch == 1) return {};  // checked when it was loaded
  constexpr std::int64_t kMaxBytes = kernels::kInt32Max;
  const Largest largest = largest_operand(model.file());
  if (largest.bytes * batch <= kMaxBytes) return {};
  const std::string name = largest.tensor->name() == nullptr ? "" : largest.tensor->name()->str();
  return {QRUN_INVALID_ARGUMENT,
          describe(model.file(), largest.operator_index) + ": " + std::to_string(batch) + " samples of '" + name +
              "' take " + std::to_string(largest.bytes * batch) + " bytes, more than the " + std::to_string(kMaxBytes) +
              " that a tensor may; use a batch of at most " + std::to_string(kMaxBytes / largest.bytes),
          largest.operator_index};
}

}  // namespace qrun::runtime
