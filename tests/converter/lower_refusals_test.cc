// What lowering refuses, and the line it says it in.

#include <gmock/gmock.h>

#include <cmath>

#include "tests/converter/lowering_support.h"

namespace qrun::converter {
namespace {

using test::DType;
using test::GraphBuilder;
using test::LinearGraph;
using test::only;
using test::refusal_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Refused {
  const char* name;
  void (*apply)(Graph& graph);
  const char* refusal;
};

std::ostream& operator<<(std::ostream& stream, const Refused& c) { return stream << c.name; }

class RefusedConvolution : public ::testing::TestWithParam<Refused> {};

// x, weights, bias and y are tensors 0 to 3.
TEST_P(RefusedConvolution, IsNamedWithTheReason) {
  LinearGraph b(Conv2D{{}, Activation::kNone}, {{1, 2, 2, 2}}, {{2, 1, 1, 2}}, {1, 2, 3, 4}, {{1, 2, 2, 2}}, {5, 6});
  GetParam().apply(b.graph);
  EXPECT_THAT(refusal_of(b.graph), HasSubstr(GetParam().refusal));
}

void set_scale(Graph& graph, std::size_t tensor, float scale) { graph.tensors[tensor].quantization.scales[0] = scale; }

INSTANTIATE_TEST_SUITE_P(
    Lowering, RefusedConvolution,
    ::testing::Values(
        Refused{"ZeroScale", [](Graph& g) { set_scale(g, 0, 0); }, "OP 'y': 'x' has the scale 0; it must be positive"},
        Refused{"NegativeScale", [](Graph& g) { set_scale(g, 1, -1); }, "'weights' has the scale -1"},
        Refused{"NanScale", [](Graph& g) { set_scale(g, 3, NAN); }, "'y' has the scale nan"},
        Refused{"InfiniteScale", [](Graph& g) { set_scale(g, 3, INFINITY); }, "'y' has the scale inf"},
        Refused{"ZeroPoint", [](Graph& g) { g.tensors[0].quantization.zero_points[0] = 128; },
                "'x' has the zero point 128; int8 holds -128 to 127"},
        Refused{"NoScale", [](Graph& g) { g.tensors[0].quantization = {}; }, "'x' has no scale"},
        Refused{"ScaleCount",
                [](Graph& g) {
                  g.tensors[1].quantization = {{1, 1, 1}, {0, 0, 0}, 0};
                },
                "'weights' has 3 scales along dimension 0 of shape [2,1,1,2]"},
        Refused{"PerChannelActivation",
                [](Graph& g) {
                  g.tensors[0].quantization = {{1, 1}, {0, 0}, 1};
                },
                "'x' has a scale per channel; only weights may"},
        Refused{"ChannelDimension",
                [](Graph& g) {
                  g.tensors[1].quantization = {{1, 1}, {0, 0}, 3};
                },
                "scales per channel need int8 and dimension 0"},
        Refused{"Float",
                [](Graph& g) { g.tensors[0].dtype = g.tensors[1].dtype = g.tensors[3].dtype = DType::kFloat32; },
                "it computes with real numbers; quantize it to int8 first"},
        Refused{"Hybrid", [](Graph& g) { g.tensors[0].dtype = g.tensors[3].dtype = DType::kFloat32; },
                "its weights are 8-bit but its activations are real numbers"},
        Refused{"Int16", [](Graph& g) { g.tensors[0].dtype = DType::kInt16; },
                "'x' is int16, which is not supported; use int8 or uint8"},
        Refused{"MixedTypes", [](Graph& g) { g.tensors[3].dtype = DType::kUInt8; },
                "'x' is int8 and 'y' is uint8; they must be the same"},
        Refused{"VariableWeights", [](Graph& g) { g.tensors[1].is_constant = false; },
                "its weights 'weights' must be constant"},
        Refused{"BiasType", [](Graph& g) { g.tensors[2].dtype = DType::kInt64; },
                "its bias 'bias' must be 2 int32 constants"},
        Refused{"BiasCount", [](Graph& g) { g.tensors[2].shape = {1}; }, "its bias 'bias' must be 2 int32 constants"},
        Refused{"Groups",
                [](Graph& g) {
                  g.tensors[0].shape = {1, 2, 2, 3};
                },
                "its weights have 2 channels, which do not divide the input's 3"},
        Refused{"Rank",
                [](Graph& g) {
                  g.tensors[0].shape = {4, 2};
                },
                "'x' has the shape [4,2]; it must have rank 4"},
        Refused{"RankOfAnyTensor", [](Graph& g) { g.tensors[0].shape = {1, 1, 1, 1, 2, 2, 2}; },
                "'x' has rank 7; at most 6"},
        Refused{"Empty",
                [](Graph& g) {
                  g.tensors[3].shape = {1, 0, 2, 2};
                },
                "'y' has the empty shape [1,0,2,2]"},
        Refused{"Stride", [](Graph& g) { std::get<Conv2D>(g.operators[0].parameters).window.stride_width = 0; },
                "its stride is 0; it must be in [1, 65535]"},
        Refused{"MultiplierTooGreat", [](Graph& g) { set_scale(g, 3, 1e-30F); }, "the multiplier for 'y' is 2.5e+29"},
        Refused{"AccumulatorOverflow", [](Graph& g) { set_scale(g, 3, 1e-9F); },
                "channel 0: the accumulator can reach 389"}),
    [](const auto& test) { return test.param.name; });

TEST(Lowering, ListsAllOffendersInOrder) {
  GraphBuilder b;
  const TensorId x = b.input("x", {{2}});
  const TensorId a = b.add(Unsupported{"the operator is not supported"}, {x}, "a", {{2}});
  const TensorId fine = b.add(HardSwish{}, {a}, "fine", {{2}});
  b.output(b.add(Cast{}, {fine}, std::string(150, 'n'), {{2}}));
  try {
    lower(b.graph);
    FAIL();
  } catch (const Refusal& refusal) {
    EXPECT_STREQ(refusal.what(), "2 operators cannot be converted");
    EXPECT_THAT(refusal.offenders(), ElementsAre("OP 'a': the operator is not supported",
                                                 HasSubstr("OP '" + std::string(100, 'n') + "...': casts")));
  }
}

TEST(Lowering, RefusesEdgesOfOtherTypes) {
  GraphBuilder b;
  b.output(b.input("x", {{2}, 0, 0, DType::kFloat32}));
  try {
    lower(b.graph);
    FAIL();
  } catch (const Refusal& refusal) {
    EXPECT_THAT(refusal.offenders(), ElementsAre(HasSubstr("graph input: 'x' is float32; quantize it to int8 first"),
                                                 HasSubstr("graph output: 'x' is float32")));
  }
}

}  // namespace
}  // namespace qrun::converter
