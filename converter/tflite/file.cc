#include "converter/tflite/file.h"

#include <algorithm>

#include "converter/refusal.h"

namespace qrun::converter {
namespace {

constexpr std::uint32_t kVersion = 3;
constexpr std::size_t kHeaderBytes = 8;  // the root's offset and the identifier
constexpr std::size_t kMaxWorkFactor = 256;
constexpr std::size_t kMaxStructureBytes = FLATBUFFERS_MAX_BUFFER_SIZE - 1;

}  // namespace

TfliteFile::TfliteFile(std::span<const std::uint8_t> bytes) : bytes_(bytes) {
  if (bytes.size() < kHeaderBytes || !tflite::ModelBufferHasIdentifier(bytes.data())) {
    refuse("not a .tflite file: it does not carry the identifier '{}'", tflite::ModelIdentifier());
  }
  // In a file beyond 2 GiB the structure comes first and the buffers lie behind it, by their offsets.
  flatbuffers::Verifier verifier(bytes.data(), std::min(bytes.size(), kMaxStructureBytes));
  if (!tflite::VerifyModelBuffer(verifier)) {
    throw Refusal("the file is truncated or damaged: its structure does not hold together; copy or export it again");
  }
  model_ = tflite::GetModel(bytes.data());
  if (model_->version() != kVersion) {
    refuse("schema version {} is not supported, only {}; export it with a current converter", model_->version(),
           kVersion);
  }
}

const tflite::SubGraph& TfliteFile::graph() const {
  const auto* subgraphs = model_->subgraphs();
  if (subgraphs == nullptr || subgraphs->size() == 0) throw Refusal("the file has no graph");
  return *subgraphs->Get(0);
}

std::span<const std::uint8_t> TfliteFile::buffer(std::uint32_t index) const {
  const auto* buffers = model_->buffers();
  const std::size_t count = buffers == nullptr ? 0 : buffers->size();
  if (index == 0 && count == 0) return {};
  if (index >= count) refuse("its buffer {} does not exist; the file has {}", index, count);
  const tflite::Buffer& buffer = *buffers->Get(index);
  if (buffer.data() != nullptr && buffer.data()->size() > 0) return {buffer.data()->data(), buffer.data()->size()};
  // Offsets 0 and 1 are the format's placeholders for "none".
  if (buffer.offset() <= 1) return {};
  if (buffer.offset() > bytes_.size() || buffer.size() > bytes_.size() - buffer.offset()) {
    refuse("its {} bytes from {} on lie outside the file of {}; the file is truncated", buffer.size(), buffer.offset(),
           bytes_.size());
  }
  return bytes_.subspan(static_cast<std::size_t>(buffer.offset()), static_cast<std::size_t>(buffer.size()));
}

void TfliteFile::spend(std::size_t bytes) {
  spent_ += bytes;
  if (spent_ / kMaxWorkFactor <= bytes_.size()) return;
  refuse("shared data makes reading the file more than {} times as much work as its size; it is damaged or hostile",
         kMaxWorkFactor);
}

}  // namespace qrun::converter
