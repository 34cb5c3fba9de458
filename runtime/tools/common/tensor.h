// Tensors as people and programs read them: shape and element text, real values, JSON.

#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "qrun/qrun.hpp"

namespace qrun::tools {

using Json = nlohmann::ordered_json;  // members stay in the order in which they are written

// "[1,49,10,1]"
std::string shape_text(std::span<const std::int32_t> shape);

// "int8[1,12]"
std::string type_text(const TensorInfo& info);

// "scale 0.00390625, zero point -128", or "not quantized".
std::string quantization_text(const TensorInfo& info);

// "x int8[4] (4 bytes), y int8[1,2] (2 bytes)": what there must be a file for.
std::string inputs_text(const Model& model);
std::string outputs_text(const Model& model);

// The elements of info.bytes() little-endian bytes, widened.
std::vector<std::int64_t> read_elements(const TensorInfo& info, std::span<const std::byte> bytes);

// scale * (q - zero_point); q itself where the tensor has no scale, or one per channel.
double real_value(const TensorInfo& info, std::int64_t q);

// name, shape, dtype, bytes, scale, zero_point (null where absent; arrays where there is one per channel).
Json to_json(const TensorInfo& info);
// An array of them.
Json inputs_json(const Model& model);
Json outputs_json(const Model& model);

// To stdout, indented; text that is not UTF-8 is replaced, never an error.
void print_json(const Json& json);

}  // namespace qrun::tools
