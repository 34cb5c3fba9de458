// Makes .tflite files in memory: build a graph, change anything in it, finish it.
//
//   TfliteBuilder file;
//   const int x = file.input("x", {1, 8}, {0.5F, 3});
//   file.output(file.add(Code::RELU, {x}, "y", {1, 8}, {0.5F, -128}));
//   Bytes bytes = file.finish();

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tflite_generated.h"

namespace qrun::test {

using Code = tflite::BuiltinOperator;
using Type = tflite::TensorType;
using TfliteBytes = std::vector<std::uint8_t>;

// One scale; none where it is 0.
struct Quant {
  float scale = 0;
  std::int64_t zero_point = 0;
};

struct TfliteBuilder {
  TfliteBuilder();

  // Each returns the new tensor's index. 8-bit tensors are int8 unless `type` says otherwise.
  int tensor(const std::string& name, std::vector<std::int32_t> shape, Quant quant = {}, Type type = Type::INT8);
  int input(const std::string& name, std::vector<std::int32_t> shape, Quant quant = {}, Type type = Type::INT8);
  int constant(const std::string& name, std::vector<std::int32_t> shape, std::vector<std::uint8_t> data, Quant quant,
               Type type = Type::INT8);
  int indices(const std::string& name, std::vector<std::int32_t> shape, const std::vector<std::int32_t>& values);

  // An operator and its only output.
  template <class Options>
  int add(Code code, Options options, std::vector<int> inputs, const std::string& name, std::vector<std::int32_t> shape,
          Quant quant = {}, Type type = Type::INT8) {
    const int output = tensor(name, std::move(shape), quant, type);
    add_operator(code, std::move(inputs), {output}).builtin_options.Set(std::move(options));
    return output;
  }
  int add(Code code, std::vector<int> inputs, const std::string& name, std::vector<std::int32_t> shape,
          Quant quant = {}, Type type = Type::INT8);
  tflite::OperatorT& add_operator(Code code, std::vector<int> inputs, std::vector<int> outputs);

  void output(int tensor) { graph().outputs.push_back(tensor); }
  tflite::SubGraphT& graph() { return *model.subgraphs[0]; }
  tflite::TensorT& at(int tensor) { return *graph().tensors[static_cast<std::size_t>(tensor)]; }

  TfliteBytes finish() const;

  tflite::ModelT model;
};

// Little-endian bytes.
std::vector<std::uint8_t> bytes_of(const std::vector<std::int32_t>& values);

// x [1,4,4,2] -> CONV_2D of 3x3, SAME, with a bias: the smallest file that has a bit of everything.
TfliteBuilder small_convolution();

}  // namespace qrun::test
