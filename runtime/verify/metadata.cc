#include "runtime/verify/metadata.h"

namespace qrun::runtime::verify {
namespace {

constexpr std::size_t kDigestBytes = 32;

Status check_description(const qfb::Metadata* metadata) {
  if (metadata == nullptr) return {};
  if (metadata->source_sha256() != nullptr) {
    QRUN_RETURN_IF_ERROR(check_count("metadata.source_sha256", metadata->source_sha256(), kDigestBytes));
  }
  if (metadata->entries() == nullptr) return {};
  for (const qfb::KeyValue* entry : *metadata->entries()) {
    if (entry->key() == nullptr || entry->value() == nullptr) {
      return refuse("metadata.entries: one lacks its key or its value");
    }
  }
  return {};
}

Status check_test(const qfb::Test& test, const qfb::Model& model, std::span<const TensorView> tensors) {
  QRUN_RETURN_IF_ERROR(check_count("inputs", test.inputs(), model.inputs()->size()));
  for (flatbuffers::uoffset_t i = 0; i < test.inputs()->size(); ++i) {
    const TensorView& tensor = tensors[static_cast<std::size_t>(model.inputs()->Get(i))];
    const auto* data = test.inputs()->Get(i)->data();
    const auto bytes = static_cast<std::size_t>(tensor.elements * dtype_bytes(tensor.dtype));
    QRUN_RETURN_IF_ERROR(check_count(text("the bytes of input ", tensor.label()), data, bytes));
  }
  return check_count("output_sha256", test.output_sha256(), kDigestBytes);
}

}  // namespace

Status check_metadata(const qfb::Model& model, std::span<const TensorView> tensors, WorkBudget& budget) {
  QRUN_RETURN_IF_ERROR(check_description(model.metadata()));
  if (model.tests() == nullptr) return {};
  for (flatbuffers::uoffset_t i = 0; i < model.tests()->size(); ++i) {
    QRUN_RETURN_IF_ERROR(budget.spend(model.inputs()->size()));
    if (Status status = check_test(*model.tests()->Get(i), model, tensors); !status.ok()) {
      return refuse("embedded test ", i, ": ", status.message);
    }
  }
  return {};
}

}  // namespace qrun::runtime::verify
