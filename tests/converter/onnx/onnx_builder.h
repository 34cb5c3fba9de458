// Makes .onnx files in memory: build a graph, change anything in it, finish it.
//
//   OnnxBuilder file;
//   const std::string x = file.quantized_input("x", {1, 2, 4, 4}, {0.5F, 3});
//   file.quantized_output(file.add("Relu", {x}, "relu"), {0.25F, -128});
//   OnnxBytes bytes = file.finish();

#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

#include "converter/onnx/types.h"
#include "onnx.pb.h"

namespace qrun::test {

using converter::OnnxType;
using OnnxBytes = std::vector<std::uint8_t>;
using Extents = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

struct Scale {
  float scale = 0.5F;
  int zero_point = 0;
  OnnxType type = OnnxType::kInt8;
};

struct Attribute {
  const char* name;
  std::variant<std::int64_t, float, const char*, Extents> value;
};

struct OnnxBuilder {
  explicit OnnxBuilder(std::int64_t opset = 17);

  // Each returns the name of the value. Negative extents stay open.
  std::string input(const std::string& name, const Extents& shape, OnnxType type = OnnxType::kFloat);
  std::string reals(const std::string& name, const Extents& shape, const std::vector<float>& values);
  std::string integers(const std::string& name, const Extents& values, OnnxType type = OnnxType::kInt64);
  std::string bytes(const std::string& name, const Extents& shape, const std::vector<int>& values,
                    OnnxType type = OnnxType::kInt8);
  onnx::TensorProto& tensor(const std::string& name, const Extents& shape, OnnxType type);

  // A node of one output.
  std::string add(const std::string& type, const Names& inputs, const std::string& output,
                  std::initializer_list<Attribute> attributes = {});
  onnx::NodeProto& node(const std::string& type, const Names& inputs, const Names& outputs,
                        std::initializer_list<Attribute> attributes = {});

  // QuantizeLinear named `output`, and DequantizeLinear behind it: the real value that integers stand for.
  std::string quantize(const std::string& x, const std::string& output, Scale scale);
  std::string dequantize(const std::string& x, const std::string& output, Scale scale);
  std::string requantize(const std::string& x, const std::string& output, Scale scale);
  // Int8 constants of one scale, or of one for each index of `axis`, dequantized.
  std::string weights(const std::string& name, const Extents& shape, const std::vector<int>& values,
                      const std::vector<float>& scales, std::int64_t axis = 0);
  std::string bias(const std::string& name, const Extents& values, const std::vector<float>& scales);

  std::string quantized_input(const std::string& name, const Extents& shape, Scale scale = {});
  void quantized_output(const std::string& x, Scale scale = {}, const std::string& name = "y");
  void output(const std::string& name) { graph().add_output()->set_name(name); }

  onnx::GraphProto& graph() { return *model.mutable_graph(); }
  OnnxBytes finish() const;

  onnx::ModelProto model;
};

// x [1,2,4,4] -> Conv of 3x3, padded, with a bias, and Relu: the smallest file that has a bit of everything.
OnnxBuilder small_onnx_convolution();

}  // namespace qrun::test
