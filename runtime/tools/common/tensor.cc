#include "runtime/tools/common/tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>

namespace qrun::tools {
namespace {

template <class T>
std::vector<std::int64_t> widen(std::span<const std::byte> bytes) {
  std::vector<T> elements(bytes.size() / sizeof(T));
  std::memcpy(elements.data(), bytes.data(), elements.size() * sizeof(T));
  return {elements.begin(), elements.end()};
}

std::string file_text(const TensorInfo& info) {
  return fmt::format("{} {} ({} bytes)", info.name(), type_text(info), info.bytes());
}

template <class T>
Json one_or_all(const std::vector<T>& values) {
  if (values.empty()) return nullptr;
  return values.size() == 1 ? Json(values[0]) : Json(values);
}

}  // namespace

std::string shape_text(std::span<const std::int32_t> shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

std::string type_text(const TensorInfo& info) {
  return fmt::format("{}{}", info.dtype_name(), shape_text(info.shape()));
}

std::string quantization_text(const TensorInfo& info) {
  if (!info.quantized()) return "not quantized";
  if (info.raw().scale_count > 1) return fmt::format("{} scales", info.raw().scale_count);
  return fmt::format("scale {}, zero point {}", info.scale(), info.zero_point());
}

std::string inputs_text(const Model& model) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < model.input_count(); ++i) texts.push_back(file_text(model.input(i)));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string outputs_text(const Model& model) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < model.output_count(); ++i) texts.push_back(file_text(model.output(i)));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::vector<std::int64_t> read_elements(const TensorInfo& info, std::span<const std::byte> bytes) {
  switch (info.dtype()) {
    case DType::kInt8:
      return widen<std::int8_t>(bytes);
    case DType::kUInt8:
      return widen<std::uint8_t>(bytes);
    case DType::kInt32:
      return widen<std::int32_t>(bytes);
    case DType::kInt64:
      return widen<std::int64_t>(bytes);
  }
  return {};
}

double real_value(const TensorInfo& info, std::int64_t q) {
  if (info.raw().scale_count != 1) return static_cast<double>(q);
  return static_cast<double>(info.scale()) * static_cast<double>(q - info.zero_point());
}

Json to_json(const TensorInfo& info) {
  std::vector<float> scales;
  std::vector<std::int32_t> zero_points;
  for (std::size_t i = 0; i < info.raw().scale_count; ++i) {
    scales.push_back(info.scale(i));
    zero_points.push_back(info.zero_point(i));
  }
  return {{"name", info.name()},   {"shape", info.shape()},       {"dtype", info.dtype_name()},
          {"bytes", info.bytes()}, {"scale", one_or_all(scales)}, {"zero_point", one_or_all(zero_points)}};
}

Json inputs_json(const Model& model) {
  Json list = Json::array();
  for (std::size_t i = 0; i < model.input_count(); ++i) list.push_back(to_json(model.input(i)));
  return list;
}

Json outputs_json(const Model& model) {
  Json list = Json::array();
  for (std::size_t i = 0; i < model.output_count(); ++i) list.push_back(to_json(model.output(i)));
  return list;
}

void print_json(const Json& json) { fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace)); }

}  // namespace qrun::tools
