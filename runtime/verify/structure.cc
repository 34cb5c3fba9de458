#include "runtime/verify/structure.h"

#include <algorithm>
#include <cstdint>

#include "runtime/model.h"
#include "runtime/verify/check.h"

namespace qrun::runtime::verify {
namespace {

constexpr std::size_t kBufferAlignment = 8;
constexpr std::size_t kMinBytes = 8;              // the root's offset and the identifier
constexpr flatbuffers::uoffset_t kMaxDepth = 16;  // of the schema's 5
// Every table that is not shared takes 8 bytes: what refers to it and its own beginning.
constexpr std::size_t kBytesPerTable = 8;

Status check_version(std::uint32_t version) {
  if (version == 0) return refuse("the file states no format version; convert the model again");
  if (version <= kFormatVersion) return {};
  return {QRUN_UNSUPPORTED,
          text("the file has format version ", version, ", and this library, ", qrun_version(), ", reads up to ",
               kFormatVersion, "; use a newer library, or convert the model again with this version's qconvert"),
          -1};
}

}  // namespace

Result<const qfb::Model*> check_structure(std::span<const std::byte> bytes) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (reinterpret_cast<std::uintptr_t>(data) % kBufferAlignment != 0) {
    return invalid_argument("the buffer is not aligned to 8 bytes; copy it to memory that is");
  }
  if (bytes.size() < kMinBytes || !qfb::ModelBufferHasIdentifier(data)) {
    return refuse("not a .qfb file: it does not carry the identifier '", qfb::ModelIdentifier(),
                  "'; convert the model with qconvert");
  }
  if (bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) return refuse("the file is 2 GiB or larger; a .qfb is smaller");
  const std::size_t max_tables = bytes.size() / kBytesPerTable;
  flatbuffers::Verifier verifier(data, bytes.size(), kMaxDepth, static_cast<flatbuffers::uoffset_t>(max_tables));
  if (!qfb::VerifyModelBuffer(verifier)) {
    return refuse("the file is truncated or damaged: its structure does not hold together; copy or convert it again");
  }
  const qfb::Model* model = qfb::GetModel(data);
  QRUN_RETURN_IF_ERROR(check_version(model->format_version()));
  return model;
}

}  // namespace qrun::runtime::verify
