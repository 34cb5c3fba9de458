#include "converter/tools/inspection.h"

#include <set>

#include "converter/tools/operator_text.h"
#include "runtime/tools/common/hex.h"
#include "runtime/tools/common/model.h"

namespace qrun::tools {
namespace {

std::string text(const flatbuffers::String* string) { return string != nullptr ? string->str() : ""; }

// Vectors that are absent are empty.
template <class Vector>
std::size_t size(const Vector* vector) {
  return vector != nullptr ? vector->size() : 0;
}

Shape shape_of(const qfb::Tensor& tensor) {
  if (tensor.shape() == nullptr) return {};
  return {tensor.shape()->begin(), tensor.shape()->end()};
}

template <class Table>
std::size_t rescale_bytes(const Table* table) {
  return size(table->accumulation()->rescale()) * sizeof(qfb::Rescale);
}

// What an operator's own table holds beside plain numbers.
std::size_t table_bytes(const qfb::Operator& op) {
  switch (op.parameters_type()) {
    case qfb::Parameters::Conv2D:
      return rescale_bytes(op.parameters_as_Conv2D());
    case qfb::Parameters::DepthwiseConv2D:
      return rescale_bytes(op.parameters_as_DepthwiseConv2D());
    case qfb::Parameters::FullyConnected:
      return rescale_bytes(op.parameters_as_FullyConnected());
    case qfb::Parameters::Lookup:
      return size(op.parameters_as_Lookup()->table());
    case qfb::Parameters::Gather:
      return size(op.parameters_as_Gather()->indices()) * sizeof(std::int32_t);
    case qfb::Parameters::ResizeNearest:
      return (size(op.parameters_as_ResizeNearest()->rows()) + size(op.parameters_as_ResizeNearest()->columns())) *
             sizeof(std::int32_t);
    default:
      return 0;
  }
}

class Inspector {
 public:
  Inspector(const qfb::Model& model, Inspection& inspection) : model_(model), inspection_(inspection) {}

  void add(const qfb::Operator& op) {
    OperatorReport report;
    report.type = qfb::EnumNameParameters(op.parameters_type());
    report.parameters = operator_text(model_, op);
    report.parameter_bytes = table_bytes(op);
    inspection_.parameter_bytes += report.parameter_bytes;
    for (const std::int32_t index : *op.inputs()) {
      if (index >= 0) add_input(static_cast<std::uint32_t>(index), report);
    }
    for (const std::int32_t index : *op.outputs()) {
      const qfb::Tensor& tensor = *model_.tensors()->Get(static_cast<std::uint32_t>(index));
      if (report.output_shapes.empty()) report.output = text(tensor.name());
      report.output_shapes.push_back(shape_of(tensor));
    }
    inspection_.operators.push_back(std::move(report));
  }

 private:
  void add_input(std::uint32_t index, OperatorReport& report) {
    const qfb::Tensor& tensor = *model_.tensors()->Get(index);
    report.input_shapes.push_back(shape_of(tensor));
    report.parameter_bytes += size(tensor.data());
    if (counted_.insert(index).second) inspection_.parameter_bytes += size(tensor.data());
  }

  const qfb::Model& model_;
  Inspection& inspection_;
  std::set<std::uint32_t> counted_;  // constants already in the total
};

void add_metadata(const qfb::Metadata& metadata, Inspection& inspection) {
  inspection.producer = text(metadata.producer());
  inspection.source_name = text(metadata.source_name());
  if (const auto* sha256 = metadata.source_sha256()) inspection.source_sha256 = hex({sha256->data(), sha256->size()});
  for (std::uint32_t i = 0; i < size(metadata.labels()); ++i) {
    inspection.labels.push_back(metadata.labels()->Get(i)->str());
  }
  for (std::uint32_t i = 0; i < size(metadata.entries()); ++i) {
    const qfb::KeyValue& entry = *metadata.entries()->Get(i);
    inspection.entries.emplace_back(text(entry.key()), text(entry.value()));
  }
}

void add_plan(const Plan& plan, Inspection& inspection) {
  for_each_operator(plan, [&](const qrun_step_info& step, std::size_t index) {
    if (step.operator_index < 0) return;
    OperatorReport& op = inspection.operators[static_cast<std::size_t>(step.operator_index)];
    op.macs += step.macs;
    op.step = static_cast<std::ptrdiff_t>(index);
  });
  inspection.macs = total_macs(plan);
  inspection.isa = plan.isa();
  inspection.arena_bytes = plan.arena_bytes();
  inspection.arena_lower_bound = plan.arena_lower_bound();
  inspection.packed_bytes = plan.packed_bytes();
  inspection.memory = memory_text(plan);
}

}  // namespace

Inspection inspect(std::span<const std::byte> file, const Plan& plan) {
  const qfb::Model& model = *qfb::GetModel(file.data());
  Inspection inspection;
  inspection.file_bytes = file.size();
  inspection.format_version = model.format_version();
  inspection.name = text(model.name());
  inspection.tests = size(model.tests());
  if (model.metadata() != nullptr) add_metadata(*model.metadata(), inspection);
  Inspector inspector(model, inspection);
  for (const qfb::Operator* op : *model.operators()) inspector.add(*op);
  add_plan(plan, inspection);
  return inspection;
}

}  // namespace qrun::tools
