// The C interface: models, the machine, digests. Plans and sessions are in c_api_session.cc.

#include "runtime/c_api.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "kernels/kernels.h"
#include "runtime/printable.h"
#include "runtime/sha256.h"

namespace qrun::runtime {
namespace {

void fill(qrun_status* out, qrun_code code, int operator_index, std::string_view message) {
  if (out == nullptr) return;
  out->code = code;
  out->operator_index = operator_index;
  std::size_t size = std::min(message.size(), sizeof out->message - 1);
  if (size < message.size()) {
    // Never end inside a UTF-8 sequence.
    while (size > 0 && (static_cast<unsigned char>(message[size]) & 0xC0) == 0x80) --size;
  }
  std::transform(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size), out->message,
                 printable_character);
  out->message[size] = '\0';
}

}  // namespace

qrun_code report(const Status& status, qrun_status* out) {
  fill(out, status.code, status.operator_index, status.message);
  return status.code;
}

qrun_code report_out_of_memory(qrun_status* out) {
  fill(out, QRUN_OUT_OF_MEMORY, -1, "out of memory: free some, or use a smaller model");
  return QRUN_OUT_OF_MEMORY;
}

namespace {

// Moves a loaded model into a new object of the caller's.
Status hand_out(Result<std::shared_ptr<const Model>> loaded, qrun_model** model) {
  if (!loaded.ok()) return loaded.status();
  *model = new qrun_model{std::move(*loaded)};
  return {};
}

}  // namespace
}  // namespace qrun::runtime

using qrun::runtime::Model;
using qrun::runtime::Status;

qrun_code qrun_model_open(const char* path, qrun_model** model, qrun_status* status) {
  return qrun::runtime::report_result_of(status, [&]() -> Status {
    if (model == nullptr) return qrun::runtime::invalid_argument("qrun_model_open: `model` is null");
    *model = nullptr;
    if (path == nullptr) return qrun::runtime::invalid_argument("qrun_model_open: `path` is null");
    return qrun::runtime::hand_out(Model::open(path), model);
  });
}

qrun_code qrun_model_borrow(const void* data, size_t size, qrun_model** model, qrun_status* status) {
  return qrun::runtime::report_result_of(status, [&]() -> Status {
    if (model == nullptr) return qrun::runtime::invalid_argument("qrun_model_borrow: `model` is null");
    *model = nullptr;
    if (data == nullptr) return qrun::runtime::invalid_argument("qrun_model_borrow: `data` is null");
    return qrun::runtime::hand_out(Model::borrow({static_cast<const std::byte*>(data), size}), model);
  });
}

void qrun_model_release(qrun_model* model) { delete model; }

size_t qrun_model_input_count(const qrun_model* model) { return model == nullptr ? 0 : model->value->inputs().size(); }

size_t qrun_model_output_count(const qrun_model* model) {
  return model == nullptr ? 0 : model->value->outputs().size();
}

const qrun_tensor_info* qrun_model_input(const qrun_model* model, size_t index) {
  return index < qrun_model_input_count(model) ? &model->value->inputs()[index] : nullptr;
}

const qrun_tensor_info* qrun_model_output(const qrun_model* model, size_t index) {
  return index < qrun_model_output_count(model) ? &model->value->outputs()[index] : nullptr;
}

size_t qrun_model_label_count(const qrun_model* model) {
  if (model == nullptr) return 0;
  const qfb::Metadata* metadata = model->value->file().metadata();
  return metadata == nullptr || metadata->labels() == nullptr ? 0 : metadata->labels()->size();
}

const char* qrun_model_label(const qrun_model* model, size_t index) {
  if (index >= qrun_model_label_count(model)) return nullptr;
  return model->value->file().metadata()->labels()->Get(static_cast<flatbuffers::uoffset_t>(index))->c_str();
}

const char* qrun_isa_name(size_t index) {
  const auto rows = qrun::kernels::rows();
  return index < rows.size() ? rows[index]->name.data() : nullptr;
}

int32_t qrun_isa_available(size_t index) {
  const auto rows = qrun::kernels::rows();
  return index < rows.size() && rows[index]->available() ? 1 : 0;
}

#define QRUN_STRING_OF(value) #value
#define QRUN_STRING(value) QRUN_STRING_OF(value)

const char* qrun_version() {
  return QRUN_STRING(QRUN_VERSION_MAJOR) "." QRUN_STRING(QRUN_VERSION_MINOR) "." QRUN_STRING(QRUN_VERSION_PATCH);
}

const char* qrun_code_name(int32_t code) {
  switch (code) {
    case QRUN_OK:
      return "ok";
    case QRUN_INVALID_ARGUMENT:
      return "invalid argument";
    case QRUN_IO_ERROR:
      return "input/output error";
    case QRUN_INVALID_MODEL:
      return "invalid model";
    case QRUN_UNSUPPORTED:
      return "unsupported";
    case QRUN_OUT_OF_MEMORY:
      return "out of memory";
    default:
      return "unknown code";
  }
}

const char* qrun_dtype_name(int32_t dtype) {
  switch (dtype) {
    case QRUN_INT8:
      return "int8";
    case QRUN_UINT8:
      return "uint8";
    case QRUN_INT32:
      return "int32";
    case QRUN_INT64:
      return "int64";
    default:
      return "unknown dtype";
  }
}

void qrun_sha256_begin(qrun_sha256_state* state) { qrun::runtime::sha256_begin(*state); }

void qrun_sha256_update(qrun_sha256_state* state, const void* data, size_t size) {
  qrun::runtime::sha256_update(*state, {static_cast<const std::uint8_t*>(data), size});
}

void qrun_sha256_end(qrun_sha256_state* state, uint8_t digest[32]) {
  const auto bytes = qrun::runtime::sha256_end(*state);
  std::copy(bytes.begin(), bytes.end(), digest);
}
