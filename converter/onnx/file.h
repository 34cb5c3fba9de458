// An .onnx file, parsed, and the bytes of its tensors wherever they are kept.

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "converter/onnx/types.h"
#include "onnx.pb.h"

namespace qrun::converter {

class OnnxFile {
 public:
  // Refuses what is no ONNX model, is truncated or too large, or of an operator set out of range. External data are
  // looked for in `folder`; an empty one means that there is none.
  OnnxFile(std::span<const std::uint8_t> bytes, std::filesystem::path folder);

  const onnx::GraphProto& graph() const { return model_.graph(); }
  // Of the standard operators.
  std::int64_t opset() const { return opset_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t function_count() const { return static_cast<std::size_t>(model_.functions_size()); }

  // The elements as the graph holds their type, little-endian. Refuses other types, and data that is not the shape's.
  std::vector<std::uint8_t> data(const onnx::TensorProto& tensor) const;

 private:
  std::span<const char> raw(const onnx::TensorProto& tensor, std::size_t expected) const;
  const std::string& external_file(const std::string& location) const;

  onnx::ModelProto model_;
  std::size_t bytes_;
  std::filesystem::path folder_;
  std::int64_t opset_ = 0;
  mutable std::map<std::string, std::string> external_;  // by location
};

// Its extents. Refuses negative ones, absurd ranks, and 2 GiB or more.
Shape shape_of(const onnx::TensorProto& tensor);

}  // namespace qrun::converter
