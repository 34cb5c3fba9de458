// Indices first, then an order of execution, then operator by operator.

#include "converter/tflite/reader.h"

#include <algorithm>
#include <utility>

#include "converter/execution_order.h"
#include "converter/refusal.h"
#include "converter/tflite/file.h"
#include "converter/tflite/operator_reader.h"
#include "converter/tflite/tensors.h"

namespace qrun::converter {
namespace {

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : file_(bytes), source_(file_.graph()) {}

  Graph read() && {
    obstacles_ = read_tflite_tensors(file_, graph_);
    if (const std::size_t count = file_.model().subgraphs()->size(); count > 1) {
      graph_.notes.push_back(fmt::format("{} more subgraphs of the file are left out", count - 1));
    }
    read_edges();
    if (source_.operators() != nullptr) {
      check_operators();
      const auto name = [&](std::size_t index) { return fmt::format("operator {} {}", index, kinds_[index]); };
      for (const std::size_t index : execution_order(inputs_, outputs_, graph_.tensors.size(), name)) {
        read_operator(index);
      }
    }
    return std::move(graph_);
  }

 private:
  using Indices = flatbuffers::Vector<std::int32_t>;

  const tflite::Operator& source_operator(std::size_t index) const {
    return *source_.operators()->Get(static_cast<flatbuffers::uoffset_t>(index));
  }

  // The source's word for the operator: "CONV_2D", or a custom operator's name.
  std::string kind(std::size_t index) const {
    const auto* codes = file_.model().operator_codes();
    const std::uint32_t code_index = source_operator(index).opcode_index();
    if (codes == nullptr || code_index >= codes->size()) {
      refuse("operator {}: its code {} does not exist; the file has {}", index, code_index,
             codes == nullptr ? 0 : codes->size());
    }
    const tflite::BuiltinOperator code = builtin(index);
    const auto* custom = codes->Get(code_index)->custom_code();
    if (code == tflite::BuiltinOperator::CUSTOM) return fmt::format("CUSTOM {}", custom ? custom->str() : "");
    const std::string name = tflite::EnumNameBuiltinOperator(code);
    return name.empty() ? fmt::format("builtin operator {}", static_cast<int>(code)) : name;
  }

  // Old files have the small field, new ones both, and codes above 127 only fit in the large one.
  tflite::BuiltinOperator builtin(std::size_t index) const {
    const tflite::OperatorCode& code = *file_.model().operator_codes()->Get(source_operator(index).opcode_index());
    return std::max(static_cast<tflite::BuiltinOperator>(code.deprecated_builtin_code()), code.builtin_code());
  }

  std::vector<TensorId> tensor_ids(const Indices* indices, const std::string& where, bool may_be_absent) {
    std::vector<TensorId> ids;
    if (indices == nullptr) return ids;
    file_.spend(indices->size() * sizeof(std::int32_t));
    for (const std::int32_t index : *indices) {
      if (index == -1 && may_be_absent) {
        ids.push_back(kAbsent);
      } else if (index < 0 || static_cast<std::size_t>(index) >= graph_.tensors.size()) {
        refuse("{}: tensor {} does not exist; the file has {}", where, index, graph_.tensors.size());
      } else {
        ids.push_back(static_cast<TensorId>(index));
      }
    }
    return ids;
  }

  void read_edges() {
    graph_.inputs = tensor_ids(source_.inputs(), "the graph's inputs", false);
    graph_.outputs = tensor_ids(source_.outputs(), "the graph's outputs", false);
    if (graph_.inputs.empty()) throw Refusal("the graph has no inputs");
    if (graph_.outputs.empty()) throw Refusal("the graph has no outputs");
    produced_.assign(graph_.tensors.size(), false);
    for (const TensorId input : graph_.inputs) {
      if (!obstacles_[input].empty()) refuse("the graph's input {}", obstacles_[input]);
      produce(input, "the graph's inputs");
    }
    for (const TensorId output : graph_.outputs) {
      if (!obstacles_[output].empty()) refuse("the graph's output {}", obstacles_[output]);
    }
  }

  void produce(TensorId id, const std::string& where) {
    const Tensor& tensor = graph_.tensors[id];
    if (tensor.is_constant) refuse("{}: '{}' is a constant and cannot be written", where, tensor.name);
    if (produced_[id]) refuse("{}: '{}' is written a second time", where, tensor.name);
    produced_[id] = true;
  }

  void check_operators() {
    for (std::size_t i = 0; i < source_.operators()->size(); ++i) {
      kinds_.push_back(kind(i));
      const std::string where = fmt::format("operator {} {}", i, kinds_.back());
      inputs_.push_back(tensor_ids(source_operator(i).inputs(), where, true));
      outputs_.push_back(tensor_ids(source_operator(i).outputs(), where, false));
      if (outputs_.back().empty()) refuse("{}: it has no outputs", where);
      for (const TensorId output : outputs_.back()) produce(output, where);
    }
  }

  void check_operands(std::size_t index) {
    for (const TensorId id : inputs_[index]) {
      if (id == kAbsent) continue;
      const Tensor& tensor = graph_.tensors[id];
      if (!obstacles_[id].empty()) throw Refusal(obstacles_[id]);
      if (!produced_[id] && !tensor.is_constant && tensor.elements() > 0) {
        refuse("'{}' is neither a graph input, a constant, nor written by an operator", tensor.name);
      }
    }
    for (const TensorId id : outputs_[index]) {
      if (!obstacles_[id].empty()) throw Refusal(obstacles_[id]);
    }
  }

  void read_operator(std::size_t index) {
    for (const TensorId id : inputs_[index]) {
      if (id != kAbsent) file_.spend(graph_.tensors[id].data.size());
    }
    OperatorReader reader(graph_, source_operator(index), kinds_[index], inputs_[index], outputs_[index]);
    try {
      check_operands(index);
      reader.read(builtin(index));
    } catch (const Refusal& refusal) {
      reader.emit_unsupported(refusal.what());
    }
  }

  TfliteFile file_;
  const tflite::SubGraph& source_;
  Graph graph_;
  std::vector<std::string> obstacles_;  // per tensor
  std::vector<bool> produced_;          // per tensor: by the caller or an operator
  std::vector<std::string> kinds_;      // per operator
  std::vector<std::vector<TensorId>> inputs_, outputs_;
};

}  // namespace

Graph read_tflite(std::span<const std::uint8_t> bytes) { return Reader(bytes).read(); }

}  // namespace qrun::converter
