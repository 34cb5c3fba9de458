// Edges and constants first, then an order of execution, then node by node.

#include "converter/onnx/reader.h"

#include <algorithm>
#include <set>
#include <utility>

#include "converter/execution_order.h"
#include "converter/onnx/edges.h"
#include "converter/onnx/file.h"
#include "converter/onnx/operators.h"

namespace qrun::converter {
namespace {

class Reader {
 public:
  Reader(std::span<const std::uint8_t> bytes, const std::filesystem::path& folder, const OnnxOptions& options)
      : file_(bytes, folder), options_(options) {
    builder_.graph().made_limit += kCopies * bytes.size();
  }

  Graph read() && {
    check_options();
    read_constants();
    // Before IR version 4 constants were inputs too.
    const NodeReader::Values constants = values_;
    for (const onnx::ValueInfoProto& input : file_.graph().input()) {
      if (!constants.contains(input.name())) read_input(input);
    }
    if (builder_.graph().inputs.empty()) throw Refusal("the graph has no inputs");
    check_names();
    for (const std::size_t index : order_of_nodes()) read_node(index);
    if (file_.graph().output_size() == 0) throw Refusal("the graph has no outputs");
    for (const onnx::ValueInfoProto& output : file_.graph().output()) {
      const auto value = values_.find(output.name());
      if (value == values_.end()) refuse("the graph's output '{}' is written by no node", output.name());
      finish_output(builder_, value->second, options_.edges_nhwc);
    }
    spread_quantization(builder_.graph());
    return std::move(builder_.graph());
  }

 private:
  // Of weights, on their way to the graph's layout.
  static constexpr std::size_t kCopies = 4;

  const onnx::NodeProto& node(std::size_t index) const { return file_.graph().node(static_cast<int>(index)); }
  std::size_t node_count() const { return static_cast<std::size_t>(file_.graph().node_size()); }

  std::string name_of(std::size_t index) const {
    const std::string& name = node(index).name();
    constexpr int kLongest = 100;
    return fmt::format("{:.{}} (node {}{}{:.{}})", node(index).op_type(), kLongest, index, name.empty() ? "" : ", ",
                       name, kLongest);
  }

  void check_options() const {
    std::set<std::string> names;
    for (const onnx::ValueInfoProto& input : file_.graph().input()) names.insert(input.name());
    for (const auto& [name, shape] : options_.shapes) {
      if (!names.contains(name)) refuse("--shape {}: the graph has no input of this name", name);
    }
  }

  void read_constants() {
    for (const onnx::TensorProto& tensor : file_.graph().initializer()) {
      try {
        const auto type = static_cast<OnnxType>(tensor.data_type());
        std::vector<std::uint8_t> data = file_.data(tensor);
        // Data may be external, and take less in the file than here.
        builder_.graph().made_limit += kCopies * data.size();
        if (values_.contains(tensor.name())) throw Refusal("there is another one of this name");
        values_.emplace(tensor.name(), builder_.constant(tensor.name(), type, shape_of(tensor), std::move(data)));
      } catch (const Refusal& refusal) {
        refuse("tensor '{}': {}", tensor.name(), refusal.what());
      }
    }
  }

  void read_input(const onnx::ValueInfoProto& input) {
    const auto given = options_.shapes.find(input.name());
    const auto* shape = given == options_.shapes.end() ? nullptr : &given->second;
    if (values_.contains(input.name())) refuse("the graph has several inputs of the name '{}'", input.name());
    values_.emplace(input.name(), add_input(builder_, input, shape, options_.edges_nhwc));
  }

  // Each name is written once, and all that is read is written somewhere.
  void check_names() {
    std::set<std::string> written;
    for (const auto& [name, value] : values_) written.insert(name);
    for (std::size_t i = 0; i < node_count(); ++i) {
      for (const std::string& output : node(i).output()) {
        if (!output.empty() && !written.insert(output).second) {
          refuse("{}: '{}' is written a second time", name_of(i), output);
        }
      }
    }
    for (std::size_t i = 0; i < node_count(); ++i) {
      for (const std::string& input : node(i).input()) {
        if (input.empty() || written.contains(input)) continue;
        refuse("{}: its input '{}' is neither a graph input, a constant, nor written by a node", name_of(i), input);
      }
    }
  }

  std::vector<std::size_t> order_of_nodes() const {
    std::map<std::string, std::size_t> numbers;
    const auto numbered = [&](const auto& names) {
      std::vector<TensorId> ids;
      for (const std::string& name : names) {
        ids.push_back(name.empty() ? kAbsent : numbers.try_emplace(name, numbers.size()).first->second);
      }
      return ids;
    };
    std::vector<std::vector<TensorId>> inputs, outputs;
    for (std::size_t i = 0; i < node_count(); ++i) {
      inputs.push_back(numbered(node(i).input()));
      outputs.push_back(numbered(node(i).output()));
    }
    return execution_order(inputs, outputs, numbers.size(), [&](std::size_t index) { return name_of(index); });
  }

  static ReadNode reading_function(const onnx::NodeProto& node) {
    const std::string& domain = node.domain();
    if (!domain.empty() && domain != "ai.onnx" && domain != "com.microsoft") {
      refuse("the operators of domain '{}' are not supported; use standard ones", domain);
    }
    const ReadNode read = find_onnx_operator(node.op_type());
    if (read == nullptr) refuse("the operator is not supported; {}", onnx_remedy(node.op_type()));
    return read;
  }

  void read_node(std::size_t index) {
    builder_.set_kind(name_of(index));
    try {
      const ReadNode read_operator = reading_function(node(index));
      // What follows from what cannot be read is not reported again.
      if (!unknown_inputs(index).empty()) return add_unsupported(index, "");
      NodeReader reader(builder_, values_, file_, node(index));
      read_operator(reader);
      for (std::size_t i = 0; i < reader.output_count(); ++i) {
        if (reader.has_output(i) && !values_.contains(reader.output_name(i))) {
          refuse("its output '{}' is not supported; leave it out", reader.output_name(i));
        }
      }
    } catch (const Refusal& refusal) {
      add_unsupported(index, refusal.what());
    }
  }

  std::vector<TensorId> unknown_inputs(std::size_t index) const {
    std::vector<TensorId> ids;
    for (const std::string& name : node(index).input()) {
      if (name.empty()) continue;
      const Value& value = values_.find(name)->second;
      if (value.type == OnnxType::kUndefined) ids.push_back(value.id);
    }
    return ids;
  }

  // It needs nothing but the offenders before it, so that what else it would have needed is not reported.
  void add_unsupported(std::size_t index, std::string reason) {
    Operator op{Unsupported{std::move(reason)}, unknown_inputs(index), {}, name_of(index)};
    for (const std::string& name : node(index).output()) {
      if (name.empty()) continue;
      const Value value = builder_.new_value(name, OnnxType::kUndefined, {}, {});
      op.outputs.push_back(value.id);
      values_.insert_or_assign(name, value);
    }
    if (!op.outputs.empty()) builder_.graph().operators.push_back(std::move(op));
  }

  OnnxFile file_;
  const OnnxOptions& options_;
  Builder builder_;
  NodeReader::Values values_;
};

}  // namespace

Graph read_onnx(std::span<const std::uint8_t> bytes, const std::filesystem::path& folder, const OnnxOptions& options) {
  return Reader(bytes, folder, options).read();
}

}  // namespace qrun::converter
