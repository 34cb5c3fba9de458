// A .tflite file's bytes, verified, and the raw bytes of its buffers.

#pragma once

#include <cstdint>
#include <span>

#include "tflite_generated.h"

namespace qrun::converter {

class TfliteFile {
 public:
  // Borrows the bytes, aligned to 8. Refuses what is not a whole .tflite: wrong identifier, truncated, damaged.
  explicit TfliteFile(std::span<const std::uint8_t> bytes);

  const tflite::Model& model() const { return *model_; }
  // The main graph. Refuses a file without one.
  const tflite::SubGraph& graph() const;
  // The buffer's bytes, empty where it has none. Refuses an index or an offset outside the file.
  std::span<const std::uint8_t> buffer(std::uint32_t index) const;

  // FlatBuffers may share data, so a small file can describe endless work. Whoever copies or walks data says how much;
  // refuses once the sum is out of proportion to the file.
  void spend(std::size_t bytes);

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t spent_ = 0;
  const tflite::Model* model_;
};

}  // namespace qrun::converter
