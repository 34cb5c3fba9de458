// Data movement as it is read, on constants: the reader evaluates it, so that the values show what was understood. The
// expected values are numpy's for arange(24).reshape(2, 3, 4).

#include <gmock/gmock.h>

#include <functional>
#include <numeric>

#include "converter/refusal.h"
#include "converter/tflite/reader.h"
#include "tests/converter/refusal_text.h"
#include "tests/converter/tflite_builder.h"

namespace qrun::converter {
namespace {

using test::Code;
using test::TfliteBuilder;
using test::TfliteBytes;
using test::Type;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

using Values = std::vector<std::int64_t>;

// A file whose graph has an input that nothing reads, and the constant x = 0, 1 ... 23 of shape [2,3,4].
struct ConstantFile : TfliteBuilder {
  ConstantFile() {
    input("unused", {1});
    std::vector<std::int32_t> values(24);
    std::iota(values.begin(), values.end(), 0);
    x = indices("x", {2, 3, 4}, values);
  }
  int vector(const std::vector<std::int32_t>& values) {
    return indices("parameter", {static_cast<std::int32_t>(values.size())}, values);
  }
  int scalar(std::int32_t value) { return indices("parameter", {}, {value}); }
  int result(std::vector<std::int32_t> shape) { return tensor("y", std::move(shape), {}, Type::INT32); }

  int x;
};

// The values of the file's last tensors, one vector each; or why they are not constants.
std::vector<Values> evaluate(ConstantFile& file, const std::vector<int>& results) {
  file.graph().outputs = results;
  const TfliteBytes bytes = file.finish();
  const Graph graph = read_tflite(bytes);
  for (const Operator& op : graph.operators) {
    if (const auto* unsupported = std::get_if<Unsupported>(&op.parameters)) throw Refusal(unsupported->reason);
  }
  EXPECT_TRUE(graph.operators.empty());
  std::vector<Values> values;
  for (const TensorId output : graph.outputs) values.push_back(integers(graph.tensors[output]));
  return values;
}

std::string refusal_of(ConstantFile& file, const std::vector<int>& results) {
  return test::refusal_text([&] { evaluate(file, results); });
}

struct StridedCase {
  const char* name;
  std::vector<std::int32_t> begin, end, step;
  tflite::StridedSliceOptionsT masks;
  std::vector<std::int32_t> shape;
  Values expected;
};

tflite::StridedSliceOptionsT masks(int begin, int end, int ellipsis, int new_axis, int shrink, bool offset = false) {
  tflite::StridedSliceOptionsT options;
  options.begin_mask = begin;
  options.end_mask = end;
  options.ellipsis_mask = ellipsis;
  options.new_axis_mask = new_axis;
  options.shrink_axis_mask = shrink;
  options.offset = offset;
  return options;
}

class StridedSlice : public ::testing::TestWithParam<StridedCase> {};

TEST_P(StridedSlice, TakesTheElements) {
  const StridedCase& c = GetParam();
  ConstantFile file;
  const int y = file.result(c.shape);
  file.add_operator(Code::STRIDED_SLICE, {file.x, file.vector(c.begin), file.vector(c.end), file.vector(c.step)}, {y})
      .builtin_options.Set(tflite::StridedSliceOptionsT(c.masks));
  EXPECT_THAT(evaluate(file, {y}), ElementsAre(ElementsAreArray(c.expected)));
}

INSTANTIATE_TEST_SUITE_P(
    Movement, StridedSlice,
    ::testing::Values(
        // x[0:1, 1:3, 0:4:2]
        StridedCase{"Plain", {0, 1, 0}, {1, 3, 4}, {1, 1, 2}, {}, {1, 2, 2}, {4, 6, 8, 10}},
        // x[1:0:-1, ::-2, 3:0:-2]
        StridedCase{
            "NegativeStrides", {1, 0, 3}, {0, 0, 0}, {-1, -2, -2}, masks(2, 2, 0, 0, 0), {1, 2, 2}, {23, 21, 15, 13}},
        // x[-1:, -2:100, -100:2]
        StridedCase{"ClampsAndCountsFromTheEnd",
                    {-1, -2, -100},
                    {0, 100, 2},
                    {1, 1, 1},
                    masks(0, 1, 0, 0, 0),
                    {1, 2, 2},
                    {16, 17, 20, 21}},
        // x[:, :, ::-1]
        StridedCase{
            "Reverses", {0, 0, 0}, {0, 0, 0}, {1, 1, -1}, masks(7, 7, 0, 0, 0), {2, 3, 4}, {3,  2,  1,  0,  7,  6,
                                                                                            5,  4,  11, 10, 9,  8,
                                                                                            15, 14, 13, 12, 19, 18,
                                                                                            17, 16, 23, 22, 21, 20}},
        // x[1, :, -1]
        StridedCase{"Shrinks", {1, 0, -1}, {2, 0, 0}, {1, 1, 1}, masks(2, 2, 0, 0, 5), {3}, {15, 19, 23}},
        // x[1, 2, 3]
        StridedCase{"ShrinksToAScalar", {1, 2, 3}, {2, 3, 4}, {1, 1, 1}, masks(0, 0, 0, 0, 7), {}, {23}},
        // x[..., 1:2]
        StridedCase{"Ellipsis", {0, 1}, {0, 2}, {1, 1}, masks(0, 0, 1, 0, 0), {2, 3, 1}, {1, 5, 9, 13, 17, 21}},
        // x[0, newaxis, ..., 1]
        StridedCase{
            "NewAxisAndEllipsis", {0, 0, 0, 1}, {1, 0, 0, 2}, {1, 1, 1, 1}, masks(0, 0, 4, 2, 9), {1, 3}, {1, 5, 9}},
        // x[1:2]: axes without an entry are whole
        StridedCase{
            "FewerEntriesThanAxes", {1}, {2}, {1}, {}, {1, 3, 4}, {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
        // x[0:1, 1:2, -3:-1], the ends given as lengths
        StridedCase{
            "EndsCountFromBegins", {0, 1, -3}, {1, 1, 2}, {1, 1, 1}, masks(0, 0, 0, 0, 0, true), {1, 1, 2}, {5, 6}},
        // x[0:1, 0:1, 0:1:100]
        StridedCase{"StepBeyondTheAxis", {0, 0, 0}, {1, 1, 1}, {1, 1, 100}, {}, {1, 1, 1}, {0}}),
    [](const auto& test) { return test.param.name; });

TEST(Movement, StridedSliceRefusals) {
  const auto refusal = [](std::vector<std::int32_t> begin, std::vector<std::int32_t> end,
                          std::vector<std::int32_t> step, tflite::StridedSliceOptionsT options,
                          std::vector<std::int32_t> shape) {
    ConstantFile file;
    const int y = file.result(std::move(shape));
    file.add_operator(Code::STRIDED_SLICE, {file.x, file.vector(begin), file.vector(end), file.vector(step)}, {y})
        .builtin_options.Set(options);
    return refusal_of(file, {y});
  };
  EXPECT_THAT(refusal({0}, {1}, {0}, {}, {1, 3, 4}), HasSubstr("its stride is 0"));
  EXPECT_THAT(refusal({5}, {6}, {1}, masks(0, 0, 0, 0, 1), {3, 4}), HasSubstr("its index 5 is outside the axis of 2"));
  EXPECT_THAT(refusal({0}, {1}, {1}, {}, {2, 3, 4}),
              HasSubstr("its output's shape is [2,3,4] in the file; its inputs imply [1,3,4]"));
  EXPECT_THAT(refusal({1}, {1}, {1}, {}, {0, 3, 4}), HasSubstr("it takes no elements"));
  EXPECT_THAT(refusal({0, 0, 0, 0}, {1, 1, 1, 1}, {1, 1, 1, 1}, {}, {1}), HasSubstr("it slices 4 axes of rank 3"));
}

TEST(Movement, Slice) {
  ConstantFile file;
  const int y = file.result({1, 2, 4});
  file.add_operator(Code::SLICE, {file.x, file.vector({1, 1, 0}), file.vector({1, -1, 4})}, {y});
  EXPECT_THAT(evaluate(file, {y}), ElementsAre(ElementsAre(16, 17, 18, 19, 20, 21, 22, 23)));
}

TEST(Movement, Split) {
  ConstantFile file;
  const int a = file.result({2, 3, 2}), b = file.result({2, 3, 2});
  file.add_operator(Code::SPLIT, {file.scalar(-1), file.x}, {a, b});
  EXPECT_THAT(evaluate(file, {a, b}), ElementsAre(ElementsAre(0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21),
                                                  ElementsAre(2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23)));
}

TEST(Movement, SplitVWithARest) {
  ConstantFile file;
  const int a = file.result({2, 1, 4}), b = file.result({2, 2, 4});
  file.add_operator(Code::SPLIT_V, {file.x, file.vector({1, -1}), file.scalar(1)}, {a, b});
  EXPECT_THAT(evaluate(file, {a, b}),
              ElementsAre(ElementsAre(0, 1, 2, 3, 12, 13, 14, 15),
                          ElementsAre(4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23)));
}

TEST(Movement, UnpackAndPack) {
  ConstantFile file;
  const int a = file.result({2, 4}), b = file.result({2, 4}), c = file.result({2, 4}), y = file.result({2, 4, 2});
  tflite::UnpackOptionsT unpack;
  unpack.axis = 1;
  unpack.num = 3;
  file.add_operator(Code::UNPACK, {file.x}, {a, b, c}).builtin_options.Set(unpack);
  tflite::PackOptionsT pack;
  pack.axis = -1;
  pack.values_count = 2;
  file.add_operator(Code::PACK, {c, a}, {y}).builtin_options.Set(pack);
  EXPECT_THAT(evaluate(file, {b, y}),
              ElementsAre(ElementsAre(4, 5, 6, 7, 16, 17, 18, 19),
                          ElementsAre(8, 0, 9, 1, 10, 2, 11, 3, 20, 12, 21, 13, 22, 14, 23, 15)));
}

TEST(Movement, TransposeTileConcatenation) {
  ConstantFile file;
  const int part = file.result({1, 1, 2}), turned = file.result({2, 1, 1}), tiled = file.result({4, 1, 3});
  file.add_operator(Code::SLICE, {file.x, file.vector({1, 1, 0}), file.vector({1, 1, 2})}, {part});
  file.add_operator(Code::TRANSPOSE, {part, file.vector({2, 0, 1})}, {turned});
  file.add_operator(Code::TILE, {turned, file.vector({2, 1, 3})}, {tiled});
  const int joined = file.result({4, 1, 6});
  tflite::ConcatenationOptionsT options;
  options.axis = 2;
  file.add_operator(Code::CONCATENATION, {tiled, tiled}, {joined}).builtin_options.Set(options);
  EXPECT_THAT(evaluate(file, {turned, tiled, joined}),
              ElementsAre(ElementsAre(16, 17), ElementsAre(16, 16, 16, 17, 17, 17, 16, 16, 16, 17, 17, 17),
                          ElementsAre(16, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17, 17, 16, 16, 16, 16, 16, 16, 17, 17,
                                      17, 17, 17, 17)));
}

TEST(Movement, GatherAlongAnAxisWithAMatrixOfIndices) {
  ConstantFile file;
  const int y = file.result({2, 2, 1, 4});
  tflite::GatherOptionsT options;
  options.axis = 1;
  file.add_operator(Code::GATHER, {file.x, file.indices("indices", {2, 1}, {2, 0})}, {y}).builtin_options.Set(options);
  EXPECT_THAT(evaluate(file, {y}), ElementsAre(ElementsAre(8, 9, 10, 11, 0, 1, 2, 3, 20, 21, 22, 23, 12, 13, 14, 15)));
}

TEST(Movement, ShapeArithmeticBecomesAConstant) {
  // The size of an upsampling: 2 * shape(x)[1:3], as exporters write it.
  ConstantFile file;
  const int shape = file.result({3}), part = file.result({2}), doubled = file.result({2});
  file.add_operator(Code::SHAPE, {file.x}, {shape});
  file.add_operator(Code::STRIDED_SLICE, {shape, file.vector({1}), file.vector({3}), file.vector({1})}, {part})
      .builtin_options.Set(tflite::StridedSliceOptionsT());
  file.add_operator(Code::MUL, {part, file.scalar(2)}, {doubled}).builtin_options.Set(tflite::MulOptionsT());
  EXPECT_THAT(evaluate(file, {doubled}), ElementsAre(ElementsAre(6, 8)));
}

TEST(Movement, SumsAndDifferencesWrap) {
  ConstantFile file;
  const int sum = file.result({2}), difference = file.result({2});
  const int a = file.vector({2147483647, 5}), b = file.vector({1, 7});
  file.add_operator(Code::ADD, {a, b}, {sum}).builtin_options.Set(tflite::AddOptionsT());
  file.add_operator(Code::SUB, {file.scalar(1), b}, {difference}).builtin_options.Set(tflite::SubOptionsT());
  EXPECT_THAT(evaluate(file, {sum, difference}), ElementsAre(ElementsAre(-2147483648LL, 12), ElementsAre(0, -6)));
}

TEST(Movement, CastsBetweenIndexTypes) {
  ConstantFile file;
  const int wide = file.tensor("wide", {2}, {}, Type::INT64);
  file.add_operator(Code::CAST, {file.vector({-3, 4})}, {wide});
  EXPECT_THAT(evaluate(file, {wide}), ElementsAre(ElementsAre(-3, 4)));
}

TEST(Movement, Refusals) {
  const auto refusal = [](const std::function<void(ConstantFile&, int)>& add, std::vector<std::int32_t> shape) {
    ConstantFile file;
    const int y = file.result(std::move(shape));
    add(file, y);
    return refusal_of(file, {y});
  };
  EXPECT_THAT(refusal([](auto& f, int y) { f.add_operator(Code::RESHAPE, {f.x}, {y}); }, {23}),
              HasSubstr("its input has 24 elements and its output 23"));
  EXPECT_THAT(refusal(
                  [](auto& f, int y) {
                    f.add_operator(Code::TRANSPOSE, {f.x, f.vector({0, 1, 1})}, {y});
                  },
                  {2, 3, 3}),
              HasSubstr("its permutation does not name each of the 3 axes once"));
  EXPECT_THAT(refusal(
                  [](auto& f, int y) {
                    f.add_operator(Code::TRANSPOSE, {f.x, f.vector({0, 1, 7})}, {y});
                  },
                  {2, 3, 3}),
              HasSubstr("its axis 7 does not exist; the rank is 3"));
  EXPECT_THAT(refusal(
                  [](auto& f, int y) {
                    f.add_operator(Code::TRANSPOSE, {f.x, f.x}, {y});
                  },
                  {2, 3, 4}),
              HasSubstr("its axis 3 does not exist"));
  EXPECT_THAT(refusal(
                  [](auto& f, int y) {
                    f.add_operator(Code::SPLIT, {f.scalar(2), f.x}, {y});
                  },
                  {2, 3, 3}),
              HasSubstr("its output's shape is [2,3,3] in the file"));
  EXPECT_THAT(refusal(
                  [](auto& f, int y) {
                    f.add_operator(Code::TILE, {f.x, f.vector({1, 1, 0})}, {y});
                  },
                  {2, 3, 0}),
              HasSubstr("a multiple is 0; it must be at least 1"));
  EXPECT_THAT(refusal(
                  [](auto& f, int y) {
                    f.add_operator(Code::SLICE, {f.x, f.vector({0, 0, 3}), f.vector({2, 3, 2})}, {y});
                  },
                  {2, 3, 2}),
              HasSubstr("its 2 elements from 3 lie outside the axis of 4"));
  EXPECT_THAT(refusal(
                  [](auto& f, int y) {
                    tflite::GatherOptionsT options;
                    f.add_operator(Code::GATHER, {f.x, f.vector({2})}, {y}).builtin_options.Set(options);
                  },
                  {1, 3, 4}),
              HasSubstr("its index 2 is outside the axis of 2"));
  EXPECT_THAT(refusal(
                  [](auto& f, int y) {
                    tflite::GatherOptionsT options;
                    f.add_operator(Code::GATHER, {f.x, f.input("dynamic", {1}, {}, Type::INT32)}, {y})
                        .builtin_options.Set(options);
                  },
                  {1, 3, 4}),
              HasSubstr("'dynamic' must be a constant"));
}

}  // namespace
}  // namespace qrun::converter
