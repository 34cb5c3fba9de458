#include "converter/onnx/elements.h"

#include <flatbuffers/base.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "converter/half_float.h"
#include "converter/refusal.h"

namespace qrun::converter {
namespace {

std::size_t stored_bits(OnnxType type) {
  switch (type) {
    case OnnxType::kUInt4:
    case OnnxType::kInt4:
      return 4;
    case OnnxType::kUInt8:
    case OnnxType::kInt8:
    case OnnxType::kBool:
      return 8;
    case OnnxType::kUInt16:
    case OnnxType::kInt16:
    case OnnxType::kFloat16:
    case OnnxType::kBFloat16:
      return 16;
    case OnnxType::kFloat:
    case OnnxType::kInt32:
    case OnnxType::kUInt32:
      return 32;
    case OnnxType::kInt64:
    case OnnxType::kUInt64:
    case OnnxType::kDouble:
      return 64;
    default:
      refuse("it is {}, which is not supported", onnx_type_name(type));
  }
}

float real_element(OnnxType type, const std::uint8_t* stored) {
  switch (type) {
    case OnnxType::kFloat16:
      return from_half(flatbuffers::ReadScalar<std::uint16_t>(stored));
    case OnnxType::kBFloat16:
      return std::bit_cast<float>(std::uint32_t{flatbuffers::ReadScalar<std::uint16_t>(stored)} << 16);
    default:
      return static_cast<float>(flatbuffers::ReadScalar<double>(stored));
  }
}

template <class T>
void append(std::vector<std::uint8_t>& bytes, T value) {
  const std::size_t at = bytes.size();
  bytes.resize(at + sizeof(T));
  flatbuffers::WriteScalar(bytes.data() + at, value);
}

// Fields hold elements in wider types; `Stored` is the element's own.
template <class Stored, class Field>
std::vector<std::uint8_t> narrowed(const Field& field, std::size_t elements) {
  if (static_cast<std::size_t>(field.size()) != elements) {
    refuse("its data has {} elements; its shape takes {}", field.size(), elements);
  }
  std::vector<std::uint8_t> bytes;
  bytes.reserve(elements * sizeof(Stored));
  for (const auto value : field) append(bytes, static_cast<Stored>(value));
  return bytes;
}

}  // namespace

std::size_t stored_bytes(OnnxType type, std::size_t elements) { return (elements * stored_bits(type) + 7) / 8; }

std::vector<std::uint8_t> held_elements(OnnxType type, std::size_t elements, std::span<const std::uint8_t> stored) {
  std::vector<std::uint8_t> held;
  switch (type) {
    case OnnxType::kUInt8:
      held.resize(elements);
      std::ranges::transform(stored, held.begin(), [](std::uint8_t byte) { return byte ^ std::uint8_t{0x80}; });
      return held;
    case OnnxType::kUInt4:
    case OnnxType::kInt4:
      for (std::size_t i = 0; i < elements; ++i) {
        const int nibble = stored[i / 2] >> (i % 2 * 4) & 15;
        held.push_back(static_cast<std::uint8_t>(type == OnnxType::kInt4 && nibble > 7 ? nibble - 16 : nibble));
      }
      return held;
    case OnnxType::kFloat16:
    case OnnxType::kBFloat16:
    case OnnxType::kDouble: {
      const std::size_t step = stored_bits(type) / 8;
      for (std::size_t i = 0; i < elements; ++i) append(held, real_element(type, stored.data() + i * step));
      return held;
    }
    default:
      return {stored.begin(), stored.end()};
  }
}

std::vector<std::uint8_t> typed_elements(const onnx::TensorProto& tensor, OnnxType type, std::size_t elements) {
  switch (type) {
    case OnnxType::kFloat:
      return narrowed<float>(tensor.float_data(), elements);
    case OnnxType::kDouble:
      return narrowed<double>(tensor.double_data(), elements);
    case OnnxType::kInt64:
      return narrowed<std::int64_t>(tensor.int64_data(), elements);
    case OnnxType::kUInt32:
      return narrowed<std::uint32_t>(tensor.uint64_data(), elements);
    case OnnxType::kUInt64:
      return narrowed<std::uint64_t>(tensor.uint64_data(), elements);
    case OnnxType::kInt32:
      return narrowed<std::int32_t>(tensor.int32_data(), elements);
    case OnnxType::kUInt4:
    case OnnxType::kInt4:
      return narrowed<std::uint8_t>(tensor.int32_data(), (elements + 1) / 2);
    default:
      return stored_bits(type) == 16 ? narrowed<std::uint16_t>(tensor.int32_data(), elements)
                                     : narrowed<std::uint8_t>(tensor.int32_data(), elements);
  }
}

Shape checked_shape(const std::vector<std::int64_t>& extents, OnnxType type) {
  constexpr std::int64_t kMaxBytes = std::numeric_limits<std::int32_t>::max();
  if (extents.size() > kMaxRank) refuse("its rank is {}; at most {} makes sense", extents.size(), kMaxRank);
  auto bytes = static_cast<std::int64_t>(std::max<std::size_t>(dtype_bytes(held_as(type)), 1));
  Shape shape;
  for (const std::int64_t extent : extents) {
    if (extent < 0) refuse("its extent {} is negative", extent);
    // An extent of 0 does not excuse the others: products of some of them must fit too.
    if (extent > kMaxBytes || (extent > 0 && bytes > kMaxBytes / extent))
      throw Refusal("its shape takes 2 GiB or more");
    bytes *= std::max<std::int64_t>(extent, 1);
    shape.push_back(static_cast<std::int32_t>(extent));
  }
  return shape;
}

}  // namespace qrun::converter
