#include "converter/onnx/types.h"

#include <fmt/format.h>

namespace qrun::converter {

std::string onnx_type_name(OnnxType type) {
  constexpr const char* kNames[] = {"of no type", "float32", "uint8", "int8",    "uint16", "int16",  "int32",
                                    "int64",      "string",  "bool",  "float16", "double", "uint32", "uint64"};
  const auto index = static_cast<std::size_t>(type);
  if (index < std::size(kNames)) return kNames[index];
  if (type == OnnxType::kBFloat16) return "bfloat16";
  if (type == OnnxType::kUInt4) return "uint4";
  if (type == OnnxType::kInt4) return "int4";
  return fmt::format("of type {}", static_cast<std::int32_t>(type));
}

DType held_as(OnnxType type) {
  if (is_real(type)) return DType::kFloat32;
  switch (type) {
    case OnnxType::kUInt8:
    case OnnxType::kInt8:
    case OnnxType::kUInt4:
    case OnnxType::kInt4:
      return DType::kInt8;
    case OnnxType::kInt16:
      return DType::kInt16;
    case OnnxType::kInt32:
      return DType::kInt32;
    case OnnxType::kInt64:
      return DType::kInt64;
    case OnnxType::kBool:
      return DType::kBool;
    default:
      return DType::kOther;
  }
}

}  // namespace qrun::converter
