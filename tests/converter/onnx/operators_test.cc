// Nodes that cannot be what they say: what is missing from them, out of range, or contradicts their inputs.

#include "converter/onnx/operators.h"

#include <functional>

#include "tests/converter/onnx/reading.h"

namespace qrun::converter {
namespace {

using test::Extents;
using test::OnnxBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max(),
                       kLeast = std::numeric_limits<std::int64_t>::min();

// `y` of the real x [1,2,4,4].
struct Case {
  const char* name;
  std::function<void(OnnxBuilder&)> add;
  const char* refusal;
};

std::ostream& operator<<(std::ostream& stream, const Case& test) { return stream << test.name; }

const Case kCases[] = {
    {"InputMissing", [](OnnxBuilder& f) { f.add("Conv", {"x"}, "y"); }, "its input 1 is missing from the file"},
    {"InputEmpty", [](OnnxBuilder& f) { f.add("Relu", {""}, "y"); }, "its input 0 is missing from the file"},
    {"KernelShape", [](OnnxBuilder& f) { f.add("MaxPool", {"x"}, "y"); }, "attribute 'kernel_shape' is missing"},
    {"KernelAxes",
     [](OnnxBuilder& f) {
       f.add("MaxPool", {"x"}, "y", {{"kernel_shape", Extents{2}}});
     },
     "one and two spatial axes are supported"},
    {"KernelSize",
     [](OnnxBuilder& f) {
       f.add("MaxPool", {"x"}, "y", {{"kernel_shape", Extents{5, 1}}});
     },
     "its kernel reaches over 5 of 4 padded elements"},
    {"Stride",
     [](OnnxBuilder& f) {
       f.add("MaxPool", {"x"}, "y", {{"kernel_shape", Extents{1, 1}}, {"strides", Extents{1, 0}}});
     },
     "its stride is 0; it must be in [1, 65535]"},
    {"AutoPad",
     [](OnnxBuilder& f) {
       f.add("MaxPool", {"x"}, "y", {{"kernel_shape", Extents{1, 1}}, {"auto_pad", "SAME"}});
     },
     "its auto_pad 'SAME' is unknown"},
    {"Axis",
     [](OnnxBuilder& f) {
       f.add("Softmax", {"x"}, "y", {{"axis", std::int64_t{4}}});
     },
     "its axis 4 does not exist; the rank is 4"},
    {"AxisLeast",
     [](OnnxBuilder& f) {
       f.add("Softmax", {"x"}, "y", {{"axis", kLeast}});
     },
     "does not exist"},
    {"Groups",
     [](OnnxBuilder& f) {
       f.add("Conv", {"x", f.weights("w", {2, 2, 1, 1}, {1, 2, 3, 4}, {1})}, "y", {{"group", std::int64_t{3}}});
     },
     "which 3 groups of 2 channels do not allow"},
    {"BiasShape",
     [](OnnxBuilder& f) {
       f.add("Conv",
             {"x", f.weights("w", {3, 2, 1, 1}, {1, 2, 3, 4, 5, 6}, {1}), f.reals("b", {2, 3}, {1, 2, 3, 4, 5, 6})},
             "y");
     },
     "its bias 'b' has the shape [2,3]; it must be a vector"},
    {"Broadcast",
     [](OnnxBuilder& f) {
       f.add("Add", {"x", f.reals("c", {3}, {1, 2, 3})}, "y");
     },
     "do not broadcast"},
    {"MatrixExtents",
     [](OnnxBuilder& f) {
       f.add("MatMul", {"x", f.weights("w", {3, 2}, {1, 2, 3, 4, 5, 6}, {1})}, "y");
     },
     "the inner extents differ"},
    {"ReshapeElements",
     [](OnnxBuilder& f) {
       f.add("Reshape", {"x", f.integers("s", {1, 31})}, "y");
     },
     "which differ in elements"},
    {"ReshapeRest",
     [](OnnxBuilder& f) {
       f.add("Reshape", {"x", f.integers("s", {-1, 7})}, "y");
     },
     "32 elements do not divide into extents of 7"},
    {"ReshapeOverflow",
     [](OnnxBuilder& f) {
       f.add("Reshape", {"x", f.integers("s", {kMost, kMost, -1})}, "y");
     },
     "its shape takes 2 GiB or more"},
    {"ReshapeComputed",
     [](OnnxBuilder& f) {
       f.add("Reshape", {"x", "x"}, "y");
     },
     "'x' must be a constant"},
    {"SplitWithoutOutputs",
     [](OnnxBuilder& f) {
       f.node("Split", {"x"}, {});
       f.add("Frobnicate", {"x"}, "y");
     },
     "Frobnicate"},
    {"SplitParts",
     [](OnnxBuilder& f) {
       f.node("Split", {"x", f.integers("s", {1, 1})}, {"y", "z"}, {{"axis", std::int64_t{2}}});
     },
     "its parts take 2 of an axis of 4"},
    {"SplitTooFar",
     [](OnnxBuilder& f) {
       f.node("Split", {"x", f.integers("s", {kMost, 1})}, {"y", "z"}, {{"axis", std::int64_t{2}}});
     },
     "its parts exceed the axis of 4"},
    {"SliceStep",
     [](OnnxBuilder& f) {
       f.add("Slice", {"x", f.integers("a", {0}), f.integers("b", {1}), "", f.integers("c", {0})}, "y");
     },
     "its step is 0"},
    {"SliceNothing",
     [](OnnxBuilder& f) {
       f.add("Slice", {"x", f.integers("a", {kLeast}), f.integers("b", {kLeast})}, "y");
     },
     "it takes no elements"},
    {"ExpandRank",
     [](OnnxBuilder& f) {
       f.add("Expand", {"x", f.integers("s", Extents(40, 2))}, "y");
     },
     "its output has rank 40"},
    {"ExpandSize",
     [](OnnxBuilder& f) {
       f.add("Expand", {"x", f.integers("s", {1 << 30, 1, 1, 1})}, "y");
     },
     "its shape takes 2 GiB or more"},
    {"TileSize",
     [](OnnxBuilder& f) {
       f.add("Tile", {"x", f.integers("s", {65535, 65535, 1, 1})}, "y");
     },
     "its shape takes 2 GiB or more"},
    {"PadTwice",
     [](OnnxBuilder& f) {
       f.add("Pad", {"x", f.integers("p", {-1, 1, -1, 1}), "", f.integers("a", {2, 2})}, "y");
     },
     "it names axis 2 twice"},
    {"PadNothingLeft",
     [](OnnxBuilder& f) {
       f.add("Pad", {"x", f.integers("p", {0, 0, -2, 0, 0, 0, -2, 0})}, "y");
     },
     "leave nothing of 4"},
    {"PadMode",
     [](OnnxBuilder& f) {
       f.add("Pad", {"x", f.integers("p", Extents(8, 1))}, "y", {{"mode", "reflect"}});
     },
     "its mode 'reflect' is not supported"},
    {"PadAverage",
     [](OnnxBuilder& f) {
       f.add("AveragePool", {"x"}, "y",
             {{"kernel_shape", Extents{65535, 65535}},
              {"dilations", Extents{1, 1}},
              {"auto_pad", "SAME_UPPER"},
              {"strides", Extents{65535, 65535}},
              {"count_include_pad", std::int64_t{1}}});
     },
     "its shape takes 2 GiB or more"},
    {"GatherIndex",
     [](OnnxBuilder& f) {
       f.add("Gather", {"x", f.integers("i", {2})}, "y", {{"axis", std::int64_t{1}}});
     },
     "its index 2 is outside the axis of 2"},
    {"GatherNothing",
     [](OnnxBuilder& f) {
       f.add("Gather", {"x", f.integers("i", {})}, "y");
     },
     "empty tensors are not supported"},
    {"BlockSize", [](OnnxBuilder& f) { f.add("DepthToSpace", {"x"}, "y"); }, "its block size is 0"},
    {"BlockChannels",
     [](OnnxBuilder& f) {
       f.add("DepthToSpace", {"x"}, "y", {{"blocksize", std::int64_t{2}}});
     },
     "2 channels do not divide into blocks of 2 squared"},
    {"ResizeScales",
     [](OnnxBuilder& f) {
       f.add("Resize", {"x", "", f.reals("s", {2}, {1, 2})}, "y");
     },
     "one scale or size for each of 4 axes"},
    {"ResizeSize",
     [](OnnxBuilder& f) {
       f.add("Resize", {"x", "", "", f.integers("s", {1, 2, kMost, 4})}, "y");
     },
     "extents must be in [1, 65536]"},
    {"ResizeScale",
     [](OnnxBuilder& f) {
       f.add("Resize", {"x", "", f.reals("s", {4}, {1, 1, std::nanf(""), 1})}, "y");
     },
     "extents must be in [1, 65536]"},
    {"TransposedPads",
     [](OnnxBuilder& f) {
       f.add("ConvTranspose", {"x", f.weights("w", {2, 1, 1, 1}, {1, 2}, {1})}, "y",
             {{"pads", Extents{kLeast, 0, kLeast, 0}}});
     },
     "its pads are"},
    {"TransposedShape",
     [](OnnxBuilder& f) {
       f.add("ConvTranspose", {"x", f.weights("w", {2, 1, 1, 1}, {1, 2}, {1})}, "y",
             {{"output_shape", Extents{kLeast, 4}}});
     },
     "its output_shape has the extent"},
    {"Scale",
     [](OnnxBuilder& f) {
       f.quantize("x", "y", {0, 0});
     },
     "it must be positive and finite"},
    {"ScaleComputed",
     [](OnnxBuilder& f) {
       f.add("QuantizeLinear", {"x", "x"}, "y");
     },
     "'x' must be a constant"},
    {"NoScales",
     [](OnnxBuilder& f) {
       f.add("QuantizeLinear", {"x", f.reals("s", {0}, {})}, "y");
     },
     "'s' has 0 scales and 0 zero points"},
    {"ZeroPoints",
     [](OnnxBuilder& f) {
       f.add("QuantizeLinear", {"x", f.reals("s", {}, {1}), f.bytes("z", {2}, {1, 2})}, "y");
     },
     "'s' has 1 scales and 2 zero points"},
    {"ScalesOfAxis",
     [](OnnxBuilder& f) {
       f.add("DequantizeLinear", {f.bytes("w", {4}, {1, 2, 3, 4}), f.reals("s", {3}, {1, 1, 1})}, "y");
     },
     "has 3 entries along axis 0 of shape [4]"},
    {"Float8",
     [](OnnxBuilder& f) {
       f.add("QuantizeLinear", {"x", f.reals("s", {}, {1})}, "y", {{"output_dtype", std::int64_t{17}}});
     },
     "it quantizes to of type 17; only int8 and uint8"},
    {"Blocks",
     [](OnnxBuilder& f) {
       f.add("QuantizeLinear", {"x", f.reals("s", {}, {1})}, "y", {{"block_size", std::int64_t{2}}});
     },
     "its scales are per block"},
    {"IntegerZeroPoints",
     [](OnnxBuilder& f) {
       f.add("MatMulInteger",
             {f.input("q", {1, 4}, OnnxType::kInt8), f.bytes("w", {4, 3}, std::vector<int>(12, 1)), "",
              f.bytes("z", {2}, {1, 2})},
             "y");
     },
     "has 2 entries along axis 1 of shape [4,3]"},
    {"NoZeroPoint",
     [](OnnxBuilder& f) {
       f.add("Clip", {f.input("q", {4}, OnnxType::kInt8), f.bytes("z", {0}, {})}, "y");
     },
     "'z' has 0 values; it must have one"},
    {"NoFill",
     [](OnnxBuilder& f) {
       f.add("Pad", {f.input("q", {4}, OnnxType::kInt8), f.integers("p", {1, 1}), f.bytes("z", {0}, {})}, "y");
     },
     "'z' has 0 values; it must have one"},
    {"ClipBounds",
     [](OnnxBuilder& f) {
       f.add("Clip", {"x", f.reals("a", {}, {1}), f.reals("b", {}, {0})}, "y");
     },
     "its lower bound 1 exceeds its upper bound 0"},
    {"BatchNormalization",
     [](OnnxBuilder& f) {
       const std::string c = f.reals("c", {3}, {1, 1, 1});
       f.add("BatchNormalization", {"x", c, c, c, c}, "y");
     },
     "it has 3 parameters for 2 channels"},
    {"Constant", [](OnnxBuilder& f) { f.node("Constant", {}, {"y"}); }, "its value is missing, sparse or text"},
    {"ConstantOfShape",
     [](OnnxBuilder& f) {
       f.add("ConstantOfShape", {f.integers("s", {1 << 12, 1 << 12})}, "y");
     },
     "elements of nothing; at most"},
    {"Range",
     [](OnnxBuilder& f) {
       f.add("Range", {f.integers("a", {0}), f.integers("b", {kMost}), f.integers("c", {1})}, "y");
     },
     "it makes too many elements"},
    {"RangeStep",
     [](OnnxBuilder& f) {
       f.add("Range", {f.integers("a", {0}), f.integers("b", {1}), f.integers("c", {0})}, "y");
     },
     "its step is 0"},
    {"MixedTypes",
     [](OnnxBuilder& f) {
       f.add("Concat", {"x", f.input("q", {1, 2, 4, 4}, OnnxType::kInt8)}, "y", {{"axis", std::int64_t{0}}});
     },
     "they must be the same"},
};

class OnnxNode : public ::testing::TestWithParam<Case> {};

TEST_P(OnnxNode, IsRefused) {
  OnnxBuilder file;
  file.input("x", {1, 2, 4, 4});
  GetParam().add(file);
  file.output("y");
  EXPECT_THAT(test::reasons(test::read(file)), ElementsAre(HasSubstr(GetParam().refusal)));
}

INSTANTIATE_TEST_SUITE_P(Cases, OnnxNode, ::testing::ValuesIn(kCases), [](const auto& one) { return one.param.name; });

// Shapes as exporters compute them.
TEST(OnnxShapes, AreComputedWhileTheFileIsRead) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {2, 3, 4});
  file.node("Constant", {}, {"last"}, {{"value_ints", Extents{-1}}});
  const std::string batch =
      file.add("Slice", {file.add("Shape", {x}, "shape"), file.integers("a", {0}), file.integers("b", {1})}, "batch");
  const std::string doubled = file.add("Mul", {batch, file.integers("two", {2})}, "doubled");
  const std::string wanted = file.add("Concat", {doubled, "last"}, "wanted", {{"axis", std::int64_t{0}}});
  file.quantized_output(file.add("Reshape", {x, wanted}, "reshaped"));
  const Graph graph = test::integer_graph(file);
  EXPECT_THAT(graph.tensors[graph.outputs[0]].shape, ElementsAre(4, 6));
  EXPECT_THAT(graph.operators, SizeIs(1));
}

TEST(OnnxShapes, ConstantsOfEveryAttribute) {
  OnnxBuilder file;
  const std::string x = file.quantized_input("x", {2, 2});
  file.node("Constant", {}, {"one"}, {{"value_float", 1.0F}});
  onnx::AttributeProto& floats = *file.node("Constant", {}, {"two"}).add_attribute();
  floats.set_name("value_floats");
  floats.add_floats(2);
  floats.add_floats(3);
  file.quantized_output(file.add("Add", {file.add("Add", {x, "one"}, "a"), "two"}, "b"));
  EXPECT_THAT(test::reasons(test::read(file)), SizeIs(0));
}

}  // namespace
}  // namespace qrun::converter
