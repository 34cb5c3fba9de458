// The elements of ONNX tensors: their sizes, and their values as the graph holds them.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "converter/onnx/types.h"
#include "onnx.pb.h"

namespace qrun::converter {

// Bytes of `elements` as a file stores them. Refuses types that the graph does not hold.
std::size_t stored_bytes(OnnxType type, std::size_t elements);

// From a file's bytes to the graph's: uint8 less 128, floats of any precision to float32, 4 bits to 8.
std::vector<std::uint8_t> held_elements(OnnxType type, std::size_t elements, std::span<const std::uint8_t> stored);

// The elements of a tensor's typed fields, as the raw bytes that a file might have stored in their place. Refuses
// another number of them than `elements`.
std::vector<std::uint8_t> typed_elements(const onnx::TensorProto& tensor, OnnxType type, std::size_t elements);

inline constexpr std::size_t kMaxRank = 32;

// Refuses negative extents, ranks above kMaxRank, and shapes of 2 GiB or more as held.
Shape checked_shape(const std::vector<std::int64_t>& extents, OnnxType type);

}  // namespace qrun::converter
