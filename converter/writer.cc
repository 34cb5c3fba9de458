#include "converter/writer.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <utility>

#include "converter/refusal.h"

namespace qrun::converter {
namespace {

constexpr std::size_t kConstantAlignment = 32;

// The lowest version of the format that describes the operators: docs/format.md.
std::uint32_t format_version(const LoweredOperators& operators) {
  const bool any_scale = std::any_of(operators.begin(), operators.end(), [](const auto& op) {
    const qfb::SoftmaxT* softmax = op->parameters.AsSoftmax();
    return softmax != nullptr && softmax->output_rescale != nullptr;
  });
  return any_scale ? 2 : 1;
}

qfb::DType dtype_of(const Tensor& tensor) {
  switch (tensor.dtype) {
    case DType::kInt8:
      return qfb::DType::int8;
    case DType::kUInt8:
      return qfb::DType::uint8;
    case DType::kInt32:
      return qfb::DType::int32;
    case DType::kInt64:
      return qfb::DType::int64;
    default:
      refuse("'{}' is {}, which no .qfb file holds", tensor.name, dtype_name(tensor.dtype));
  }
}

class Writer {
 public:
  explicit Writer(const Graph& graph) : graph_(graph), index_(graph.tensors.size(), -1) {}

  std::vector<std::byte> write(const LoweredOperators& operators, const std::string& name,
                               const qfb::MetadataT& metadata) {
    const std::vector<std::int32_t> inputs = use(graph_.inputs);
    for (const auto& op : operators) {
      for (const std::int32_t input : op->inputs) use(static_cast<TensorId>(static_cast<std::ptrdiff_t>(input)));
      use(static_cast<TensorId>(op->outputs[0]));
    }
    const std::vector<std::int32_t> outputs = use(graph_.outputs);
    check_size();

    std::vector<flatbuffers::Offset<qfb::Tensor>> tensors;
    for (const TensorId id : used_) tensors.push_back(write_tensor(graph_.tensors[id]));
    std::vector<flatbuffers::Offset<qfb::Operator>> lowered;
    for (const auto& op : operators) lowered.push_back(write_operator(*op));
    const auto metadata_offset = qfb::CreateMetadata(builder_, &metadata);
    qfb::FinishModelBuffer(builder_, qfb::CreateModelDirect(builder_, format_version(operators), name.c_str(), &tensors,
                                                            &lowered, &inputs, &outputs, metadata_offset));
    const auto* bytes = reinterpret_cast<const std::byte*>(builder_.GetBufferPointer());
    return {bytes, bytes + builder_.GetSize()};
  }

 private:
  // The tensor's number in the file; numbers are given in the order of first use.
  std::int32_t use(TensorId id) {
    if (id == kAbsent) return -1;
    if (index_[id] < 0) {
      index_[id] = static_cast<std::int32_t>(used_.size());
      used_.push_back(id);
    }
    return index_[id];
  }

  std::vector<std::int32_t> use(const std::vector<TensorId>& ids) {
    std::vector<std::int32_t> indices;
    indices.reserve(ids.size());
    for (const TensorId id : ids) indices.push_back(use(id));
    return indices;
  }

  // FlatBuffers cannot report a buffer that is too large: constants must leave room for everything else.
  void check_size() const {
    constexpr std::size_t kMaxConstants = std::numeric_limits<std::int32_t>::max() - (std::size_t{256} << 20);
    std::map<const std::uint8_t*, std::size_t> blocks;
    for (const TensorId id : used_) {
      if (graph_.tensors[id].is_constant) blocks[graph_.tensors[id].data.data()] = graph_.tensors[id].data.size();
    }
    std::size_t bytes = 0;
    for (const auto& [data, size] : blocks) bytes += size;
    if (bytes > kMaxConstants)
      refuse("its constants take {} bytes; a .qfb file holds at most {}", bytes, kMaxConstants);
  }

  flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> write_data(const Tensor& tensor) {
    if (!tensor.is_constant) return 0;
    const auto [known, is_new] = data_.try_emplace({tensor.data.data(), tensor.data.size()});
    if (is_new) {
      builder_.ForceVectorAlignment(tensor.data.size(), 1, kConstantAlignment);
      known->second = builder_.CreateVector(tensor.data.data(), tensor.data.size());
    }
    return known->second;
  }

  // Of 8-bit tensors; a bias's scale says again what input and weights say.
  flatbuffers::Offset<qfb::Quantization> write_quantization(const Tensor& tensor) {
    const Quantization& quantization = tensor.quantization;
    if (!is_8_bit(tensor.dtype) || quantization.scales.empty()) return 0;
    std::vector<std::uint32_t> scale_bits;
    for (const float scale : quantization.scales) scale_bits.push_back(std::bit_cast<std::uint32_t>(scale));
    const std::vector<std::int32_t> zero_points(quantization.zero_points.begin(), quantization.zero_points.end());
    return qfb::CreateQuantizationDirect(builder_, &scale_bits, &zero_points,
                                         static_cast<std::int32_t>(quantization.dimension));
  }

  flatbuffers::Offset<qfb::Tensor> write_tensor(const Tensor& tensor) {
    const auto data = write_data(tensor);
    const auto quantization = write_quantization(tensor);
    const auto name = builder_.CreateString(tensor.name);
    const auto shape = builder_.CreateVector(tensor.shape);
    return qfb::CreateTensor(builder_, name, shape, dtype_of(tensor), data, quantization);
  }

  flatbuffers::Offset<qfb::Operator> write_operator(const qfb::OperatorT& op) {
    const auto number = [&](std::int32_t id) { return id < 0 ? -1 : index_[static_cast<TensorId>(id)]; };
    std::vector<std::int32_t> inputs, outputs;
    for (const std::int32_t id : op.inputs) inputs.push_back(number(id));
    for (const std::int32_t id : op.outputs) outputs.push_back(number(id));
    const auto parameters = op.parameters.Pack(builder_);
    return qfb::CreateOperatorDirect(builder_, &inputs, &outputs, op.parameters.type, parameters);
  }

  const Graph& graph_;
  std::vector<std::int32_t> index_;  // per tensor of the graph: its number in the file, or -1
  std::vector<TensorId> used_;       // by number in the file
  flatbuffers::FlatBufferBuilder builder_;
  std::map<std::pair<const std::uint8_t*, std::size_t>, flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>>> data_;
};

}  // namespace

std::vector<std::byte> write_qfb(const Graph& graph, const LoweredOperators& operators, const std::string& name,
                                 const qfb::MetadataT& metadata) {
  return Writer(graph).write(operators, name, metadata);
}

}  // namespace qrun::converter
