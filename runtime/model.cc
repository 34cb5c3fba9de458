#include "runtime/model.h"

#include <utility>

#include "runtime/tensor.h"
#include "runtime/verify/graph.h"
#include "runtime/verify/structure.h"

namespace qrun::runtime {
namespace {

template <class T>
const T* data_of(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? nullptr : vector->data();
}

template <class T>
std::size_t size_of(const flatbuffers::Vector<T>* vector) {
  return vector == nullptr ? 0 : vector->size();
}

qrun_tensor_info describe(const qfb::Tensor& tensor) {
  qrun_tensor_info info{};
  info.name = tensor.name() == nullptr ? "" : tensor.name()->c_str();
  info.shape = data_of(tensor.shape());
  info.rank = size_of(tensor.shape());
  info.dtype = static_cast<std::int32_t>(tensor.dtype());
  info.bytes = static_cast<std::size_t>(dtype_bytes(tensor.dtype()));
  for (std::size_t i = 0; i < info.rank; ++i) info.bytes *= static_cast<std::size_t>(info.shape[i]);
  if (const qfb::Quantization* quantization = tensor.quantization(); quantization != nullptr) {
    info.scale_bits = data_of(quantization->scale_bits());
    info.scale_count = size_of(quantization->scale_bits());
    info.zero_points = data_of(quantization->zero_point());
    info.zero_point_count = size_of(quantization->zero_point());
    info.quantized_dimension = quantization->dimension();
  }
  return info;
}

std::vector<qrun_tensor_info> describe_all(const qfb::Model& model, const flatbuffers::Vector<std::int32_t>& indices) {
  std::vector<qrun_tensor_info> infos;
  infos.reserve(indices.size());
  for (const std::int32_t index : indices) {
    infos.push_back(describe(*model.tensors()->Get(static_cast<flatbuffers::uoffset_t>(index))));
  }
  return infos;
}

}  // namespace

Result<std::shared_ptr<const Model>> Model::open(const char* path) {
  Result<MappedFile> mapping = MappedFile::open(path);
  if (!mapping.ok()) return mapping.status();
  const std::span<const std::byte> bytes = mapping->bytes();
  Result<std::shared_ptr<const Model>> model = load(std::move(*mapping), bytes);
  if (model.ok()) return model;
  Status status = model.status();
  status.message = std::string(path) + ": " + status.message;
  return status;
}

Result<std::shared_ptr<const Model>> Model::borrow(std::span<const std::byte> bytes) { return load({}, bytes); }

Result<std::shared_ptr<const Model>> Model::load(MappedFile mapping, std::span<const std::byte> bytes) {
  Result<const qfb::Model*> file = verify::check_structure(bytes);
  if (!file.ok()) return file.status();
  QRUN_RETURN_IF_ERROR(verify::check_graph(**file, bytes));
  auto model = std::make_shared<Model>();
  model->mapping_ = std::move(mapping);
  model->bytes_ = bytes;
  model->file_ = *file;
  model->inputs_ = describe_all(**file, *(*file)->inputs());
  model->outputs_ = describe_all(**file, *(*file)->outputs());
  return std::shared_ptr<const Model>(std::move(model));
}

}  // namespace qrun::runtime
