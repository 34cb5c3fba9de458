#include "converter/onnx/file.h"

#include <fstream>
#include <iterator>
#include <limits>

#include "converter/onnx/elements.h"
#include "converter/refusal.h"

namespace qrun::converter {
namespace {

constexpr std::int64_t kOldestOpset = 10, kNewestOpset = 21;
constexpr std::size_t kMaxBytes = std::numeric_limits<std::int32_t>::max();  // of a protobuf message

bool is_standard(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

std::size_t number(const std::string& text, const std::string& key) {
  const bool digits = !text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits) refuse("its external data's {} '{}' is no number", key, text);
  return static_cast<std::size_t>(std::stoull(text));
}

struct ExternalData {
  std::string location;
  std::size_t offset = 0, length = 0;
  bool has_length = false;
};

ExternalData external_data(const onnx::TensorProto& tensor) {
  ExternalData result;
  for (const onnx::StringPair& entry : tensor.external_data()) {
    if (entry.key() == "location") result.location = entry.value();
    if (entry.key() == "offset") result.offset = number(entry.value(), "offset");
    if (entry.key() == "length") {
      result.length = number(entry.value(), "length");
      result.has_length = true;
    }
  }
  if (result.location.empty()) throw Refusal("its external data has no location");
  return result;
}

}  // namespace

OnnxFile::OnnxFile(std::span<const std::uint8_t> bytes, std::filesystem::path folder)
    : bytes_(bytes.size()), folder_(std::move(folder)) {
  if (bytes.size() > kMaxBytes) {
    throw Refusal("the file exceeds 2 GiB, which no ONNX file may; save its weights as external data");
  }
  if (!model_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model_.has_graph()) {
    throw Refusal("not an ONNX file, or one that is truncated or damaged; copy or export it again");
  }
  for (const onnx::OperatorSetProto& opset : model_.opset_import()) {
    if (is_standard(opset.domain())) opset_ = opset.version();
  }
  if (opset_ < kOldestOpset || opset_ > kNewestOpset) {
    refuse("it uses operator set {}; {} to {} are supported: export it with one of these", opset_, kOldestOpset,
           kNewestOpset);
  }
}

const std::string& OnnxFile::external_file(const std::string& location) const {
  const auto [entry, is_new] = external_.try_emplace(location);
  if (!is_new) return entry->second;
  const std::filesystem::path path(location);
  for (const std::filesystem::path& part : path) {
    if (part == ".." || path.is_absolute()) {
      external_.erase(entry);
      refuse("its external data's location '{}' leaves the model's folder", location);
    }
  }
  std::error_code error;
  std::ifstream stream;
  if (!folder_.empty() && std::filesystem::is_regular_file(folder_ / path, error)) {
    stream.open(folder_ / path, std::ios::binary);
  }
  if (!stream.is_open()) {
    external_.erase(entry);
    refuse("its external data '{}' is missing; put the file beside the model", location);
  }
  entry->second.assign(std::istreambuf_iterator<char>(stream), {});
  return entry->second;
}

std::span<const char> OnnxFile::raw(const onnx::TensorProto& tensor, std::size_t expected) const {
  if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return tensor.raw_data();
  const ExternalData external = external_data(tensor);
  const std::string& file = external_file(external.location);
  const std::size_t length = external.has_length ? external.length : expected;
  if (external.offset > file.size() || length > file.size() - external.offset) {
    refuse("its {} bytes from {} on lie outside its external data '{}' of {}; the file is truncated", length,
           external.offset, external.location, file.size());
  }
  return std::span<const char>(file).subspan(external.offset, length);
}

std::vector<std::uint8_t> OnnxFile::data(const onnx::TensorProto& tensor) const {
  const auto type = static_cast<OnnxType>(tensor.data_type());
  std::size_t elements = 1;
  for (const std::int32_t extent : shape_of(tensor)) elements *= static_cast<std::size_t>(extent);
  const std::size_t expected = stored_bytes(type, elements);
  const bool typed = tensor.data_location() != onnx::TensorProto::EXTERNAL && !tensor.has_raw_data();
  if (typed) return held_elements(type, elements, typed_elements(tensor, type, elements));
  const std::span<const char> bytes = raw(tensor, expected);
  if (bytes.size() != expected) {
    refuse("its data has {} bytes; shape {} of {} takes {}", bytes.size(), shape_text(shape_of(tensor)),
           onnx_type_name(type), expected);
  }
  return held_elements(type, elements, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

Shape shape_of(const onnx::TensorProto& tensor) {
  return checked_shape(std::vector<std::int64_t>(tensor.dims().begin(), tensor.dims().end()),
                       static_cast<OnnxType>(tensor.data_type()));
}

}  // namespace qrun::converter
