// Arrays in files, whatever the container: their type, their shape, and a stream of their elements.

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace qrun::converter::calibrate {

enum class Element : std::uint8_t { kFloat16, kFloat32, kFloat64, kInt8, kUInt8 };

std::size_t element_bytes(Element element);
const char* element_name(Element element);

// As numbers, before any scale.
void decode_elements(Element element, std::span<const std::uint8_t> bytes, std::span<float> values);

// Bytes from where a stream stands on, so many of them.
struct ByteSource {
  std::unique_ptr<std::istream> stream;
  std::uint64_t size = 0;
};

// As many bytes or samples as memory is to have room for. Refuses more than this machine can address.
std::size_t room_for(std::uint64_t count);

// Refuses what is missing, no file, or empty.
ByteSource open_file(const std::filesystem::path& path);

struct ArraySource {
  std::string name;  // for people
  Element element = Element::kFloat32;
  std::vector<std::uint64_t> shape;
  ByteSource bytes;  // the elements', as many as the shape says
};

// npy.cc: an array in numpy's format; refuses other types, orders and lengths.
ArraySource read_npy(ByteSource source, const std::string& name);

}  // namespace qrun::converter::calibrate
