#include "converter/calibrate/array_source.h"

#include <flatbuffers/base.h>

#include <fstream>
#include <utility>

#include "converter/half_float.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

float decode(Element element, const std::uint8_t* bytes) {
  switch (element) {
    case Element::kFloat16:
      return from_half(flatbuffers::ReadScalar<std::uint16_t>(bytes));
    case Element::kFloat32:
      return flatbuffers::ReadScalar<float>(bytes);
    case Element::kFloat64:
      return static_cast<float>(flatbuffers::ReadScalar<double>(bytes));
    case Element::kInt8:
      return static_cast<float>(flatbuffers::ReadScalar<std::int8_t>(bytes));
    case Element::kUInt8:
      break;
  }
  return static_cast<float>(*bytes);
}

}  // namespace

std::size_t element_bytes(Element element) {
  constexpr std::size_t kBytes[] = {2, 4, 8, 1, 1};
  return kBytes[static_cast<std::size_t>(element)];
}

const char* element_name(Element element) {
  constexpr const char* kNames[] = {"float16", "float32", "float64", "int8", "uint8"};
  return kNames[static_cast<std::size_t>(element)];
}

void decode_elements(Element element, std::span<const std::uint8_t> bytes, std::span<float> values) {
  const std::size_t step = element_bytes(element);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = decode(element, &bytes[i * step]);
}

std::size_t room_for(std::uint64_t count) {
  if (!std::in_range<std::size_t>(count)) refuse("it is too large for this machine's memory; give a part of it");
  return static_cast<std::size_t>(count);
}

ByteSource open_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) refuse("{}: there is no such file", path.string());
  if (!std::filesystem::is_regular_file(status)) refuse("{}: it is no file", path.string());
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  ByteSource source{std::make_unique<std::ifstream>(path, std::ios::binary), size};
  if (error || !*source.stream) refuse("{}: it cannot be opened for reading", path.string());
  if (size == 0) refuse("{}: it is empty; give at least one sample", path.string());
  return source;
}

}  // namespace qrun::converter::calibrate
