#include "runtime/verify/graph.h"

#include <utility>
#include <vector>

#include "runtime/verify/metadata.h"
#include "runtime/verify/operators.h"
#include "runtime/verify/tensors.h"

namespace qrun::runtime::verify {
namespace {

// Walks the operators in order, keeping which tensors have been produced.
class GraphCheck {
 public:
  GraphCheck(const qfb::Model& model, std::span<const TensorView> tensors, WorkBudget& budget)
      : model_(model), tensors_(tensors), budget_(budget), produced_(tensors.size(), 0) {}

  Status run() {
    QRUN_RETURN_IF_ERROR(check_inputs_and_constants());
    if (const auto* operators = model_.operators(); operators != nullptr) {
      for (flatbuffers::uoffset_t i = 0; i < operators->size(); ++i) {
        Status status = check_operator(*operators->Get(i));
        if (status.ok()) continue;
        status.message = text("operator ", i, " ", describe(*operators->Get(i)), ": ", status.message);
        status.operator_index = static_cast<int>(i);
        return status;
      }
    }
    return check_outputs();
  }

 private:
  Status tensor_at(std::int32_t index, const TensorView*& tensor) const {
    if (index < 0 || static_cast<std::size_t>(index) >= tensors_.size()) {
      return refuse("tensor index ", index, " does not exist; the file has ",
                    static_cast<std::int64_t>(tensors_.size()), " tensors");
    }
    tensor = &tensors_[static_cast<std::size_t>(index)];
    return {};
  }

  Status produce(const TensorView& tensor) {
    if (tensor.data != nullptr) return refuse(tensor.label(), " is a constant and must not be produced otherwise");
    if (produced_[tensor.index]) return refuse(tensor.label(), " is produced a second time");
    produced_[tensor.index] = 1;
    return {};
  }

  Status check_inputs_and_constants() {
    if (model_.inputs() == nullptr || model_.inputs()->size() == 0) return refuse("the graph has no inputs");
    for (const std::int32_t index : *model_.inputs()) {
      const TensorView* tensor = nullptr;
      Status status = tensor_at(index, tensor);
      if (status.ok()) status = produce(*tensor);
      if (!status.ok()) return refuse("the graph's inputs: ", status.message);
    }
    for (const TensorView& tensor : tensors_) {
      if (tensor.data != nullptr) produced_[tensor.index] = 1;
    }
    return {};
  }

  Status check_outputs() const {
    if (model_.outputs() == nullptr || model_.outputs()->size() == 0) return refuse("the graph has no outputs");
    for (const std::int32_t index : *model_.outputs()) {
      const TensorView* tensor = nullptr;
      if (Status status = tensor_at(index, tensor); !status.ok())
        return refuse("the graph's outputs: ", status.message);
    }
    for (const TensorView& tensor : tensors_) {
      if (!produced_[tensor.index]) {
        return refuse(tensor.label(), " is neither a graph input, a constant, nor produced by an operator");
      }
    }
    return {};
  }

  Status view_of(const qfb::Operator& table, OperatorView& op) {
    if (table.inputs() == nullptr) return refuse("its inputs are missing");
    QRUN_RETURN_IF_ERROR(budget_.spend(table.inputs()->size()));
    for (const std::int32_t index : *table.inputs()) {
      const TensorView*& input = op.inputs.emplace_back(nullptr);
      if (index == -1) continue;
      QRUN_RETURN_IF_ERROR(tensor_at(index, input));
      if (!produced_[input->index]) {
        return refuse("it reads ", input->label(), " before anything has produced it; order operators by execution");
      }
    }
    QRUN_RETURN_IF_ERROR(check_count("outputs", table.outputs(), 1));
    op.budget = &budget_;
    op.format_version = model_.format_version();
    return tensor_at(table.outputs()->Get(0), op.output);
  }

  Status check_operator(const qfb::Operator& table) {
    OperatorView op;
    QRUN_RETURN_IF_ERROR(view_of(table, op));
    QRUN_RETURN_IF_ERROR(check(table, op));
    return produce(op.y());
  }

  // "(Conv2D producing 'conv1/Relu')", with as much of it as the file has.
  std::string describe(const qfb::Operator& table) const {
    const bool known =
        table.parameters_type() != qfb::Parameters::NONE && table.parameters_type() <= qfb::Parameters::MAX;
    std::string description = text("(", known ? qfb::EnumNameParameters(table.parameters_type()) : "of unknown type");
    const TensorView* output = nullptr;
    if (table.outputs() != nullptr && table.outputs()->size() > 0 && tensor_at(table.outputs()->Get(0), output).ok()) {
      description += text(" producing ", output->label());
    }
    return description + ")";
  }

  const qfb::Model& model_;
  std::span<const TensorView> tensors_;
  WorkBudget& budget_;
  std::vector<std::uint8_t> produced_;
};

}  // namespace

Status check_graph(const qfb::Model& model, std::span<const std::byte> bytes) {
  WorkBudget budget(bytes.size());
  std::vector<TensorView> tensors;
  QRUN_RETURN_IF_ERROR(check_tensors(model, bytes, budget, tensors));
  QRUN_RETURN_IF_ERROR(GraphCheck(model, tensors, budget).run());
  return check_metadata(model, tensors, budget);
}

}  // namespace qrun::runtime::verify
