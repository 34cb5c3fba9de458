// numpy's .npy, versions 1 to 3: a magic number, a version, and a Python dictionary in text that says what follows.

#include <array>
#include <charconv>
#include <istream>
#include <optional>
#include <string_view>

#include "converter/calibrate/array_source.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeader = 1 << 16;  // numpy's own is some hundred bytes

std::string read_bytes(ByteSource& source, std::size_t count) {
  if (count > source.size) throw Refusal("it is truncated, in its header");
  std::string bytes(count, '\0');
  if (!source.stream->read(bytes.data(), static_cast<std::streamsize>(count))) {
    throw Refusal("its header cannot be read");
  }
  source.size -= count;
  return bytes;
}

std::string read_header(ByteSource& source) {
  if (source.size < kMagic.size() + 2 || read_bytes(source, kMagic.size()) != kMagic) {
    throw Refusal("it is not in numpy's .npy format; save it with numpy.save");
  }
  const std::string version = read_bytes(source, 2);
  if (version[0] < 1 || version[0] > 3) refuse("its .npy version {} is not supported; 1 to 3 are", +version[0]);
  std::size_t length = 0, shift = 0;
  for (const char byte : read_bytes(source, version[0] == 1 ? 2 : 4)) {
    length |= std::size_t{static_cast<std::uint8_t>(byte)} << shift;
    shift += 8;
  }
  if (length > kMaxHeader) refuse("its header has {} bytes, more than makes sense", length);
  return read_bytes(source, length);
}

// What follows "'key':" in the dictionary.
std::string_view entry(std::string_view header, std::string_view key) {
  const std::size_t at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) refuse("its header does not say '{}'", key);
  std::string_view rest = header.substr(at + key.size() + 3);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return rest;
}

std::string_view quoted(std::string_view rest) {
  const std::size_t end = rest.empty() || rest[0] != '\'' ? std::string_view::npos : rest.find('\'', 1);
  if (end == std::string_view::npos) throw Refusal("it is a record array; give a plain array of float32");
  return rest.substr(1, end - 1);
}

Element element_of(std::string_view descr) {
  struct Named {
    std::string_view descr;
    Element element;
  };
  constexpr std::array<Named, 7> kElements = {{{"<f2", Element::kFloat16},
                                               {"<f4", Element::kFloat32},
                                               {"<f8", Element::kFloat64},
                                               {"|i1", Element::kInt8},
                                               {"<i1", Element::kInt8},
                                               {"|u1", Element::kUInt8},
                                               {"<u1", Element::kUInt8}}};
  for (const Named& candidate : kElements) {
    if (candidate.descr == descr) return candidate.element;
  }
  refuse("its type is '{}'; little-endian float16, float32, float64, int8 and uint8 are read: save .astype('<f4')",
         descr);
}

std::vector<std::uint64_t> shape_of(std::string_view rest) {
  std::vector<std::uint64_t> shape;
  if (rest.empty() || rest[0] != '(') throw Refusal("its header's shape cannot be read");
  rest.remove_prefix(1);
  while (!rest.empty() && rest[0] != ')') {
    if (rest[0] == ' ' || rest[0] == ',') {
      rest.remove_prefix(1);
      continue;
    }
    std::uint64_t extent = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), extent);
    if (error != std::errc()) throw Refusal("its header's shape cannot be read");
    shape.push_back(extent);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  }
  return shape;
}

void check_size(const ArraySource& array) {
  std::uint64_t bytes = element_bytes(array.element);
  for (const std::uint64_t extent : array.shape) {
    if (__builtin_mul_overflow(bytes, extent, &bytes)) throw Refusal("its shape is larger than any file");
  }
  if (array.bytes.size == bytes) return;
  refuse("its header says {} bytes of elements, but {} follow; it is {}", bytes, array.bytes.size,
         array.bytes.size < bytes ? "truncated" : "longer than one array");
}

}  // namespace

ArraySource read_npy(ByteSource source, const std::string& name) {
  try {
    const std::string header = read_header(source);
    ArraySource array{name, element_of(quoted(entry(header, "descr"))), shape_of(entry(header, "shape")), {}};
    if (entry(header, "fortran_order").starts_with("True")) {
      throw Refusal("it is in Fortran order; save numpy.ascontiguousarray of it");
    }
    array.bytes = std::move(source);
    check_size(array);
    return array;
  } catch (const Refusal& refusal) {
    refuse("{}: {}", name, refusal.what());
  }
}

}  // namespace qrun::converter::calibrate
