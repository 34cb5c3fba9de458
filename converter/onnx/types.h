// ONNX's element types, and how the graph holds them.

#pragma once

#include <string>

#include "converter/graph.h"

namespace qrun::converter {

// TensorProto.DataType of the format.
enum class OnnxType : std::int32_t {
  kUndefined = 0,
  kFloat = 1,
  kUInt8 = 2,
  kInt8 = 3,
  kUInt16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUInt32 = 12,
  kUInt64 = 13,
  kBFloat16 = 16,
  kUInt4 = 21,
  kInt4 = 22,
};

std::string onnx_type_name(OnnxType type);

// uint8 is held as int8, its numbers less 128, so that weights and activations are of one type whatever the exporter
// chose; real numbers of any precision are held as float32, 4-bit integers as int8.
DType held_as(OnnxType type);

inline bool is_real(OnnxType type) {
  return type == OnnxType::kFloat || type == OnnxType::kFloat16 || type == OnnxType::kDouble ||
         type == OnnxType::kBFloat16;
}
inline bool is_unsigned_8_bit(OnnxType type) { return type == OnnxType::kUInt8; }
inline bool is_8_bit(OnnxType type) { return type == OnnxType::kUInt8 || type == OnnxType::kInt8; }

}  // namespace qrun::converter
