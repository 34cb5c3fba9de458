// Each pass on its own: what it rewrites, and what it must leave alone.

#include "converter/passes/passes.h"

#include <gmock/gmock.h>

#include "tests/converter/graph_builder.h"

namespace qrun::converter {
namespace {

using test::GraphBuilder;
using test::Spec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Spec kFloat{{4}, 0, 0, DType::kFloat32};

// ---- Float edges ----

TEST(FloatEdges, InputAndOutputBecomeTheQuantizedTensorsUnderTheirNames) {
  GraphBuilder b;
  const TensorId real_in = b.input("image", kFloat);
  const TensorId q = b.add(Quantize{}, {real_in}, "q", {{4}, 0.5F, 3});
  const TensorId r = b.add(Relu{Activation::kRelu}, {q}, "r", {{4}, 0.25F, -7});
  b.output(b.add(Dequantize{}, {r}, "scores", kFloat));
  run_passes(b.graph);
  EXPECT_THAT(b.graph.inputs, ElementsAre(q));
  EXPECT_THAT(b.graph.outputs, ElementsAre(r));
  EXPECT_EQ(b.graph.tensors[q].name, "image");
  EXPECT_EQ(b.graph.tensors[r].name, "scores");
  EXPECT_EQ(b.graph.operators.size(), 1U);
}

TEST(FloatEdges, AGraphThatIsOnlyAnEdgeHasNoOperators) {
  GraphBuilder quantize;
  const TensorId q = quantize.add(Quantize{}, {quantize.input("in", kFloat)}, "out", {{4}, 0.5F, 3});
  quantize.output(q);
  run_passes(quantize.graph);
  EXPECT_THAT(quantize.graph.operators, IsEmpty());
  EXPECT_THAT(quantize.graph.inputs, ElementsAre(q));
  EXPECT_THAT(quantize.graph.outputs, ElementsAre(q));

  GraphBuilder dequantize;
  const TensorId x = dequantize.input("in", {{4}, 0.5F, 3});
  dequantize.output(dequantize.add(Dequantize{}, {x}, "out", kFloat));
  run_passes(dequantize.graph);
  EXPECT_THAT(dequantize.graph.operators, IsEmpty());
  EXPECT_THAT(dequantize.graph.outputs, ElementsAre(x));
  EXPECT_EQ(dequantize.graph.tensors[x].name, "in");
}

TEST(FloatEdges, SeveralEqualQuantizationsOfAnInputBecomeOne) {
  GraphBuilder b;
  const TensorId x = b.input("x", kFloat);
  const TensorId q1 = b.add(Quantize{}, {x}, "q1", {{4}, 0.5F, 3});
  const TensorId q2 = b.add(Quantize{}, {x}, "q2", {{4}, 0.5F, 3});
  b.output(b.add(Add{Activation::kNone}, {q1, q2}, "y", {{4}}));
  absorb_float_edges(b.graph);
  ASSERT_EQ(b.graph.operators.size(), 1U);
  EXPECT_THAT(b.graph.operators[0].inputs, ElementsAre(q1, q1));
}

TEST(FloatEdges, DifferentQuantizationsOfAnInputStay) {
  GraphBuilder b;
  const TensorId x = b.input("x", kFloat);
  b.output(b.add(Quantize{}, {x}, "q1", {{4}, 0.5F, 3}));
  b.output(b.add(Quantize{}, {x}, "q2", {{4}, 0.5F, 4}));
  absorb_float_edges(b.graph);
  EXPECT_THAT(b.graph.inputs, ElementsAre(x));
  EXPECT_EQ(b.graph.operators.size(), 2U);
}

TEST(FloatEdges, RequantizationBetweenIntegersStays) {
  GraphBuilder b;
  const TensorId x = b.input("x", {{4}, 0.5F, 3});
  b.output(b.add(Quantize{}, {x}, "y", {{4}, 0.5F, 131, DType::kUInt8}));
  run_passes(b.graph);
  EXPECT_EQ(b.graph.operators.size(), 1U);
  EXPECT_THAT(b.graph.inputs, ElementsAre(x));
}

TEST(FloatEdges, AKnownTensorKeepsItsName) {
  GraphBuilder b;
  const TensorId q = b.add(Relu{Activation::kRelu}, {b.input("x", {{4}})}, "raw", {{4}});
  b.output(q);
  b.output(b.add(Dequantize{}, {q}, "real", kFloat));
  run_passes(b.graph);
  EXPECT_THAT(b.graph.outputs, ElementsAre(q, q));
  EXPECT_EQ(b.graph.tensors[q].name, "raw");
}

// ---- No-ops ----

struct NoOp {
  const char* name;
  Parameters parameters;
  bool dropped;
  Spec output;
};

std::ostream& operator<<(std::ostream& stream, const NoOp& c) { return stream << c.name; }

class NoOps : public ::testing::TestWithParam<NoOp> {};

TEST_P(NoOps, DisappearIfTheyCopy) {
  GraphBuilder b;
  const TensorId x = b.add(HardSwish{}, {b.input("in", {{2, 3}})}, "x", {{2, 3}});
  const TensorId y = b.add(GetParam().parameters, {x}, "y", GetParam().output);
  b.output(b.add(HardSwish{}, {y}, "out", GetParam().output));
  drop_no_ops(b.graph);
  EXPECT_EQ(b.graph.operators.size(), GetParam().dropped ? 2U : 3U);
  EXPECT_THAT(b.graph.operators.back().inputs, ElementsAre(GetParam().dropped ? x : y));
}

INSTANTIATE_TEST_SUITE_P(
    Passes, NoOps,
    ::testing::Values(NoOp{"Reshape", Reshape{}, true, {{2, 3}}}, NoOp{"ReshapeToAnother", Reshape{}, false, {{3, 2}}},
                      NoOp{"ReshapeOfAnotherScale", Reshape{}, false, {{2, 3}, 0.25F}},
                      NoOp{"Slice", Slice{{0, 0}, {1, 1}}, true, {{2, 3}}},
                      NoOp{"SliceBackwards", Slice{{1, 0}, {-1, 1}}, false, {{2, 3}}},
                      NoOp{"Transpose", Transpose{{0, 1}}, true, {{2, 3}}},
                      NoOp{"TransposeToAnother", Transpose{{1, 0}}, false, {{3, 2}}},
                      NoOp{"Pad", Pad{{0, 0}, {0, 0}, {}}, true, {{2, 3}}},
                      NoOp{"PadByOne", Pad{{0, 1}, {0, 0}, {}}, false, {{2, 4}}},
                      NoOp{"Tile", Tile{{1, 1}}, true, {{2, 3}}},
                      NoOp{"Concatenation", Concatenation{0}, true, {{2, 3}}},
                      NoOp{"Requantize", Quantize{}, true, {{2, 3}}},
                      NoOp{"RequantizeToAnotherZeroPoint", Quantize{}, false, {{2, 3}, 0.5F, 1}},
                      NoOp{"RequantizeToAnotherType", Quantize{}, false, {{2, 3}, 0.5F, 0, DType::kUInt8}},
                      NoOp{"Relu", Relu{Activation::kRelu}, false, {{2, 3}}}),
    [](const auto& test) { return test.param.name; });

TEST(NoOps, AGraphOutputKeepsItsName) {
  GraphBuilder b;
  const TensorId x = b.add(HardSwish{}, {b.input("in", {{2}})}, "x", {{2}});
  b.output(b.add(Reshape{}, {x}, "scores", {{2}}));
  drop_no_ops(b.graph);
  EXPECT_THAT(b.graph.outputs, ElementsAre(x));
  EXPECT_EQ(b.graph.tensors[x].name, "scores");
}

TEST(NoOps, StayBetweenTwoNamesThatTheCallerKnows) {
  GraphBuilder b;
  const TensorId x = b.input("in", {{2}});
  const TensorId y = b.add(Reshape{}, {x}, "out", {{2}});
  b.output(y);
  drop_no_ops(b.graph);
  EXPECT_THAT(b.graph.outputs, ElementsAre(y));
  EXPECT_EQ(b.graph.operators.size(), 1U);
}

TEST(NoOps, ChainsDisappearWhole) {
  GraphBuilder b;
  TensorId x = b.input("in", {{2}});
  const TensorId first = x;
  for (int i = 0; i < 3; ++i) x = b.add(Reshape{}, {x}, "x", {{2}});
  b.output(b.add(HardSwish{}, {x}, "y", {{2}}));
  drop_no_ops(b.graph);
  ASSERT_EQ(b.graph.operators.size(), 1U);
  EXPECT_THAT(b.graph.operators[0].inputs, ElementsAre(first));
}

// ---- Padding ----

struct PaddedConvolution : GraphBuilder {
  // x [1,4,4,1] -> PAD by 1,2 rows and 3,0 columns -> a 3x3 window operator.
  explicit PaddedConvolution(Parameters reader, Pad pad = {{0, 1, 3, 0}, {0, 2, 0, 0}, {}}, float padded_scale = 0.5F) {
    x = input("x", {{1, 4, 4, 1}, 0.5F, 9});
    padded = add(std::move(pad), {x}, "padded", {{1, 7, 7, 1}, padded_scale, 9});
    const TensorId weights = constant("weights", {{1, 3, 3, 1}}, std::vector<std::uint8_t>(9, 1));
    output(add(std::move(reader), {padded, weights, kAbsent}, "y", {{1, 5, 5, 1}}));
  }
  TensorId x, padded;
};

TEST(FoldPadding, MovesIntoConvolutions) {
  Window window;
  window.rule = PaddingRule::kSame;
  window.pad_top = 10;
  PaddedConvolution b(Conv2D{window, Activation::kNone});
  run_passes(b.graph);
  ASSERT_EQ(b.graph.operators.size(), 1U);
  EXPECT_EQ(b.graph.operators[0].inputs[0], b.x);
  const Window& folded = std::get<Conv2D>(b.graph.operators[0].parameters).window;
  EXPECT_EQ(folded.pad_top, 11);
  EXPECT_EQ(folded.pad_bottom, 2);
  EXPECT_EQ(folded.pad_left, 3);
  EXPECT_EQ(folded.pad_right, 0);
  EXPECT_EQ(folded.rule, PaddingRule::kSame);
}

TEST(FoldPadding, MovesIntoDepthwiseConvolutions) {
  PaddedConvolution b(DepthwiseConv2D{{}, Activation::kNone});
  run_passes(b.graph);
  ASSERT_EQ(b.graph.operators.size(), 1U);
  EXPECT_EQ(std::get<DepthwiseConv2D>(b.graph.operators[0].parameters).window.pad_left, 3);
}

TEST(FoldPadding, StaysForOtherReaders) {
  PaddedConvolution b(Conv2D{{}, Activation::kNone});
  b.output(b.add(HardSwish{}, {b.padded}, "z", {{1, 7, 7, 1}}));
  run_passes(b.graph);
  ASSERT_EQ(b.graph.operators.size(), 3U);
  EXPECT_EQ(b.graph.operators[1].inputs[0], b.x);
  EXPECT_EQ(b.graph.operators[2].inputs[0], b.padded);
}

TEST(FoldPadding, OfTheZeroPointsValue) {
  PaddedConvolution same(Conv2D{{}, Activation::kNone}, {{0, 1, 3, 0}, {0, 2, 0, 0}, 9});
  run_passes(same.graph);
  EXPECT_EQ(same.graph.operators.size(), 1U);
  PaddedConvolution other(Conv2D{{}, Activation::kNone}, {{0, 1, 3, 0}, {0, 2, 0, 0}, 0});
  run_passes(other.graph);
  EXPECT_EQ(other.graph.operators.size(), 2U);
}

TEST(FoldPadding, NotIntoPools) {
  PaddedConvolution b(Pool2D{PoolKind::kAverage, 3, 3, {}, Activation::kNone});
  run_passes(b.graph);
  EXPECT_EQ(b.graph.operators.size(), 2U);
}

TEST(FoldPadding, NotOfBatchOrChannels) {
  for (const std::size_t axis : {std::size_t{0}, std::size_t{3}}) {
    Pad pad{{0, 1, 3, 0}, {0, 2, 0, 0}, {}};
    pad.after[axis] = 1;
    PaddedConvolution b(Conv2D{{}, Activation::kNone}, pad);
    run_passes(b.graph);
    EXPECT_EQ(b.graph.operators.size(), 2U);
  }
}

TEST(FoldPadding, NotAcrossAChangeOfScale) {
  PaddedConvolution b(Conv2D{{}, Activation::kNone}, {{0, 1, 3, 0}, {0, 2, 0, 0}, {}}, 0.25F);
  run_passes(b.graph);
  EXPECT_EQ(b.graph.operators.size(), 2U);
}

TEST(FoldPadding, NotBeyondTheFormatsGreatest) {
  Window window;
  window.pad_left = 65533;
  PaddedConvolution b(Conv2D{window, Activation::kNone});
  run_passes(b.graph);
  EXPECT_EQ(b.graph.operators.size(), 2U);
}

// ---- Transposed features ----

struct Classifier {
  GraphBuilder b;
  TensorId x = b.input("x", {{1, 2, 1, 3}});  // [N,H,W,C]

  // An image of 2x1 and 3 channels, transposed to [channels, height, width] unless told otherwise, as one vector.
  const Operator& fold(std::vector<std::int32_t> permutation = {0, 3, 1, 2}, Spec transposed = {{1, 3, 2, 1}}) {
    const TensorId t = b.add(Transpose{std::move(permutation)}, {x}, "t", transposed);
    const TensorId flat = b.add(Reshape{}, {t}, "flat", {{1, 6}, transposed.scale});
    const TensorId weights = b.constant("w", {{2, 6}}, {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15});
    b.output(b.add(FullyConnected{}, {flat, weights, kAbsent}, "y", {{1, 2}}));
    run_passes(b.graph);
    return b.graph.operators.back();
  }
};

TEST(TransposedFeatures, MoveIntoTheWeights) {
  Classifier classifier;
  const Operator& op = classifier.fold();
  EXPECT_EQ(classifier.b.graph.operators.size(), 1U);
  EXPECT_EQ(op.inputs[0], classifier.x);
  // Of the old columns, channel by channel: rows 0 and 1 of channel 0, of channel 1, of channel 2.
  EXPECT_THAT(classifier.b.graph.tensors[op.inputs[1]].data, ElementsAre(0, 2, 4, 1, 3, 5, 10, 12, 14, 11, 13, 15));
}

TEST(TransposedFeatures, OtherOrdersToo) {
  Classifier classifier;
  const Operator& op = classifier.fold({0, 3, 2, 1}, {{1, 3, 1, 2}});
  EXPECT_EQ(op.inputs[0], classifier.x);
  EXPECT_THAT(classifier.b.graph.tensors[op.inputs[1]].data, ElementsAre(0, 2, 4, 1, 3, 5, 10, 12, 14, 11, 13, 15));
}

TEST(TransposedFeatures, NotWhereRowsOfTheBatchMove) {
  Classifier classifier;
  classifier.x = classifier.b.input("several", {{2, 1, 1, 3}});
  EXPECT_NE(classifier.fold({1, 0, 2, 3}, {{1, 2, 1, 3}}).inputs[0], classifier.x) << "6 features, 2 of the batch";
}

TEST(TransposedFeatures, OfEveryVectorOfABatchAlike) {
  GraphBuilder b;
  const TensorId x = b.input("x", {{2, 1, 2, 2}});
  const TensorId t = b.add(Transpose{{0, 1, 3, 2}}, {x}, "t", {{2, 1, 2, 2}});
  const TensorId weights = b.constant("w", {{1, 4}}, {0, 1, 2, 3});
  b.output(b.add(FullyConnected{}, {t, weights, kAbsent}, "y", {{2, 1}}));
  run_passes(b.graph);
  ASSERT_EQ(b.graph.operators.size(), 1U);
  EXPECT_EQ(b.graph.operators[0].inputs[0], x);
  EXPECT_THAT(b.graph.tensors[b.graph.operators[0].inputs[1]].data, ElementsAre(0, 2, 1, 3));
}

TEST(TransposedFeatures, NotOfOnePartOfAVector) {
  GraphBuilder b;
  const TensorId x = b.input("x", {{1, 2, 2, 2}});
  const TensorId t = b.add(Transpose{{0, 3, 1, 2}}, {x}, "t", {{1, 2, 2, 2}});
  const TensorId weights = b.constant("w", {{1, 4}}, {0, 1, 2, 3});  // reads a channel at a time
  b.output(b.add(FullyConnected{}, {t, weights, kAbsent}, "y", {{2, 1}}));
  run_passes(b.graph);
  EXPECT_EQ(b.graph.operators.back().inputs[0], t);
}

TEST(TransposedFeatures, NotAcrossAChangeOfScale) {
  Classifier classifier;
  EXPECT_NE(classifier.fold({0, 3, 1, 2}, {{1, 3, 2, 1}, 0.25F}).inputs[0], classifier.x);
}

TEST(TransposedFeatures, OtherReadersKeepTheTransposition) {
  Classifier classifier;
  const TensorId t = classifier.b.add(Transpose{{0, 3, 1, 2}}, {classifier.x}, "u", {{1, 3, 2, 1}});
  classifier.b.output(t);
  classifier.fold();
  EXPECT_EQ(classifier.b.graph.operators.size(), 2U);
}

// ---- Dead code ----

TEST(DeadCode, OnlyWhatAnOutputNeedsStays) {
  GraphBuilder b;
  const TensorId x = b.input("x", {{2}});
  const TensorId unused = b.add(HardSwish{}, {x}, "unused", {{2}});
  b.add(Unsupported{"no"}, {unused}, "nothing", {{2}});
  b.output(b.add(HardSwish{}, {x}, "y", {{2}}));
  drop_dead_code(b.graph);
  ASSERT_EQ(b.graph.operators.size(), 1U);
  EXPECT_EQ(b.graph.operators[0].output(), b.graph.outputs[0]);
  EXPECT_THAT(b.graph.inputs, ElementsAre(x));
}

TEST(DeadCode, AnOperatorLivesByAnyOfItsOutputs) {
  GraphBuilder b;
  const TensorId first = b.tensor("first", {{2}}), second = b.tensor("second", {{2}});
  b.graph.operators.push_back({Unsupported{"no"}, {b.input("x", {{4}})}, {first, second}, "TOPK_V2"});
  b.output(second);
  drop_dead_code(b.graph);
  EXPECT_EQ(b.graph.operators.size(), 1U);
}

}  // namespace
}  // namespace qrun::converter
