// Constants of every element type, from raw bytes and typed fields.

#include "converter/onnx/elements.h"

#include <cmath>
#include <functional>

#include "tests/converter/onnx/reading.h"

namespace qrun::converter {
namespace {

using test::Extents;
using test::OnnxBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

OnnxBuilder relu() {
  OnnxBuilder file;
  file.output(file.add("Relu", {file.input("x", {1})}, "y"));
  return file;
}

// Of three elements unless `shape` says otherwise.
OnnxBuilder with_raw(OnnxType type, const std::string& raw, const Extents& shape = {3}) {
  OnnxBuilder file = relu();
  file.tensor("c", shape, type).set_raw_data(raw);
  return file;
}

OnnxBuilder with_fields(OnnxType type, const std::function<void(onnx::TensorProto&)>& fill) {
  OnnxBuilder file = relu();
  fill(file.tensor("c", {3}, type));
  return file;
}

const Tensor& constant(const Graph& graph) { return test::named(graph, "c"); }

TEST(OnnxElements, HalvesAreFloats) {
  using std::string_literals::operator""s;
  const Graph graph =
      test::read(with_raw(OnnxType::kFloat16, "\x00\x3c\x00\xc1\x01\x00\x00\x7c\xff\x7b\x00\x80"s, {6}));
  EXPECT_EQ(constant(graph).dtype, DType::kFloat32);
  const std::vector<float> values = reals(constant(graph));
  EXPECT_THAT(values, ElementsAre(1, -2.5F, std::ldexp(1.0F, -24), kInfinity, 65504, 0));
  EXPECT_TRUE(std::signbit(values[5]));
  EXPECT_TRUE(std::isnan(reals(constant(test::read(with_raw(OnnxType::kFloat16, "\x01\x7e", {1}))))[0]));
}

TEST(OnnxElements, BFloatsAndDoublesAreFloats) {
  using std::string_literals::operator""s;
  const Graph bfloats = test::read(with_raw(OnnxType::kBFloat16, "\x80\x3f\x20\xc0\x80\x7f"s));
  EXPECT_THAT(reals(constant(bfloats)), ElementsAre(1, -2.5F, kInfinity));
  const Graph doubles = test::read(with_raw(OnnxType::kDouble, "\0\0\0\0\0\0\xf8\x3f"s, {1}));
  EXPECT_THAT(reals(constant(doubles)), ElementsAre(1.5F));
}

TEST(OnnxElements, UnsignedBytesAreHeldLess128) {
  using std::string_literals::operator""s;
  const Graph graph = test::read(with_raw(OnnxType::kUInt8, "\x00\x80\xff"s));
  EXPECT_EQ(constant(graph).dtype, DType::kInt8);
  EXPECT_THAT(test::numbers(constant(graph)), ElementsAre(-128, 0, 127));
}

// The first of two in a byte is the lower half.
TEST(OnnxElements, HalvesOfBytesAreBytes) {
  EXPECT_THAT(test::numbers(constant(test::read(with_raw(OnnxType::kInt4, "\x78\x0f")))), ElementsAre(-8, 7, -1));
  EXPECT_THAT(test::numbers(constant(test::read(with_raw(OnnxType::kUInt4, "\x0f\x09")))), ElementsAre(15, 0, 9));
}

TEST(OnnxElements, TypedFieldsAreTheRawBytes) {
  const auto words = [](OnnxType type, const std::vector<std::int32_t>& values) {
    const auto fill = [&](onnx::TensorProto& tensor) {
      tensor.mutable_int32_data()->Assign(values.begin(), values.end());
    };
    return test::read(with_fields(type, fill));
  };
  EXPECT_THAT(test::numbers(constant(words(OnnxType::kInt8, {-128, 0, 127}))), ElementsAre(-128, 0, 127));
  EXPECT_THAT(test::numbers(constant(words(OnnxType::kUInt8, {0, 128, 255}))), ElementsAre(-128, 0, 127));
  EXPECT_THAT(test::numbers(constant(words(OnnxType::kInt4, {0x78, 0x0f}))), ElementsAre(-8, 7, -1));
  EXPECT_THAT(integers(constant(words(OnnxType::kInt32, {-1, 0, 1 << 30}))), ElementsAre(-1, 0, 1 << 30));
  EXPECT_THAT(reals(constant(words(OnnxType::kFloat16, {0x3c00, 0xc100, 0}))), ElementsAre(1, -2.5F, 0));
  EXPECT_THAT(reals(constant(words(OnnxType::kBFloat16, {0x3f80, 0xc020, 0}))), ElementsAre(1, -2.5F, 0));
  EXPECT_EQ(constant(words(OnnxType::kBool, {1, 0, 1})).data[2], 1);
}

TEST(OnnxElements, WideTypedFields) {
  const std::vector<float> floats = {1, -2, 0.5F};
  EXPECT_THAT(reals(constant(test::read(with_fields(
                  OnnxType::kFloat,
                  [&](auto& tensor) { tensor.mutable_float_data()->Assign(floats.begin(), floats.end()); })))),
              ElementsAre(1, -2, 0.5F));
  EXPECT_THAT(reals(constant(test::read(with_fields(
                  OnnxType::kDouble,
                  [&](auto& tensor) { tensor.mutable_double_data()->Assign(floats.begin(), floats.end()); })))),
              ElementsAre(1, -2, 0.5F));
  const Extents longs = {-1, std::int64_t{1} << 40, 7};
  EXPECT_THAT(
      integers(constant(test::read(with_fields(
          OnnxType::kInt64, [&](auto& tensor) { tensor.mutable_int64_data()->Assign(longs.begin(), longs.end()); })))),
      ElementsAre(-1, std::int64_t{1} << 40, 7));
}

TEST(OnnxElements, AnEmptyShapeIsOneElementAndAnExtentOf0None) {
  EXPECT_EQ(test::numbers(constant(test::read(with_raw(OnnxType::kInt8, "\x05", {})))).size(), 1U);
  EXPECT_EQ(test::numbers(constant(test::read(with_raw(OnnxType::kInt8, "", {0})))).size(), 0U);
}

TEST(OnnxElements, DataIsTheShapes) {
  for (const char* raw : {"\x01\x02", "\x01\x02\x03\x04", ""}) {
    EXPECT_THAT(test::refusal_of(with_raw(OnnxType::kInt8, raw)), HasSubstr("tensor 'c': its data has"));
  }
  EXPECT_EQ(test::refusal_of(with_raw(OnnxType::kInt32, "1234567")),
            "tensor 'c': its data has 7 bytes; shape [3] of int32 takes 12");
  EXPECT_EQ(test::refusal_of(with_fields(OnnxType::kFloat, [](auto& tensor) { tensor.add_float_data(1); })),
            "tensor 'c': its data has 1 elements; its shape takes 3");
  EXPECT_THAT(test::refusal_of(with_fields(OnnxType::kInt8, [](auto&) {})), HasSubstr("its data has 0 elements"));
}

TEST(OnnxElements, OtherTypesAreRefused) {
  EXPECT_EQ(test::refusal_of(with_raw(OnnxType::kString, "abc")), "tensor 'c': it is string, which is not supported");
  EXPECT_EQ(test::refusal_of(with_raw(OnnxType::kUndefined, "abc")),
            "tensor 'c': it is of no type, which is not supported");
  EXPECT_EQ(test::refusal_of(with_raw(OnnxType{17}, "abc")), "tensor 'c': it is of type 17, which is not supported");
}

TEST(OnnxElements, ShapesAreInBounds) {
  EXPECT_EQ(test::refusal_of(with_raw(OnnxType::kInt8, "", {-1})), "tensor 'c': its extent -1 is negative");
  EXPECT_EQ(test::refusal_of(with_raw(OnnxType::kInt8, "", {1 << 20, 1 << 20})),
            "tensor 'c': its shape takes 2 GiB or more");
  // An extent of 0 hides no others, whose products appear when axes are joined.
  EXPECT_EQ(test::refusal_of(with_raw(OnnxType::kInt8, "", {0, 1 << 20, 1 << 20})),
            "tensor 'c': its shape takes 2 GiB or more");
  EXPECT_EQ(test::refusal_of(with_raw(OnnxType::kInt8, "", Extents(33, 1))),
            "tensor 'c': its rank is 33; at most 32 makes sense");
}

}  // namespace
}  // namespace qrun::converter
