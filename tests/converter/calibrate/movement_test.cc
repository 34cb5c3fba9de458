// Data movement and resizes: fixed numbers.

#include <gmock/gmock.h>

#include <numeric>

#include "converter/refusal.h"
#include "tests/converter/calibrate/real_graph.h"

namespace qrun::converter::calibrate {
namespace {

using test::RealGraph;
using test::Values;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

// Of x = 0, 1, 2, ...
Values moved(Parameters parameters, const Shape& x, const Shape& y) {
  RealGraph graph;
  const TensorId input = graph.real_input(x);
  Values values(static_cast<std::size_t>(graph.graph.tensors[input].elements()));
  std::iota(values.begin(), values.end(), 0.0F);
  graph.finish(std::move(parameters), {input}, y);
  return graph.run({values});
}

TEST(CalibrateMovement, OfOneInput) {
  EXPECT_THAT(moved(Reshape{}, {2, 2}, {4}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(moved(Transpose{{1, 0}}, {2, 3}, {3, 2}), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(moved(Transpose{{0, 3, 1, 2}}, {1, 2, 2, 2}, {1, 2, 2, 2}), ElementsAre(0, 2, 4, 6, 1, 3, 5, 7));
  EXPECT_THAT(moved(Slice{{0, 1}, {1, 2}}, {2, 4}, {2, 2}), ElementsAre(1, 3, 5, 7));
  EXPECT_THAT(moved(Slice{{1, 2}, {-1, -1}}, {2, 3}, {2, 3}), ElementsAre(5, 4, 3, 2, 1, 0));
  EXPECT_THAT(moved(Tile{{2, 2}}, {1, 2}, {2, 4}), ElementsAre(0, 1, 0, 1, 0, 1, 0, 1));
  EXPECT_THAT(moved(Gather{1, {2, 0}}, {2, 3}, {2, 2}), ElementsAre(2, 0, 5, 3));
  EXPECT_THAT(moved(Pad{{1, 0}, {0, 1}, {}, -7}, {1, 2}, {2, 3}), ElementsAre(-7, -7, -7, 0, 1, -7));
  EXPECT_THAT(moved(ResizeNearest{{0, 0, 1}, {1, 0}}, {1, 2, 2, 1}, {1, 3, 2, 1}), ElementsAre(1, 0, 1, 0, 3, 2));
}

TEST(CalibrateMovement, Concatenation) {
  RealGraph graph;
  const TensorId a = graph.real_input({2, 1, 2}), b = graph.real_constant({2, 2, 2}, {5, 6, 7, 8, 9, 10, 11, 12});
  graph.finish(Concatenation{1}, {a, b}, {2, 3, 2});
  EXPECT_THAT(graph.run({{1, 2, 3, 4}}), ElementsAre(1, 2, 5, 6, 7, 8, 3, 4, 9, 10, 11, 12));
}

// One row of 2 to one row of 4, and one of 4 to one of 3; positions by hand.
TEST(CalibrateMovement, ResizeBilinear) {
  const Shape x2 = {1, 1, 2, 1}, y4 = {1, 1, 4, 1}, x4 = {1, 1, 4, 1}, y3 = {1, 1, 3, 1};
  EXPECT_THAT(moved(ResizeBilinear{false, false}, x2, y4), ElementsAre(0, 0.5F, 1, 1));
  EXPECT_THAT(moved(ResizeBilinear{false, true}, x2, y4), ElementsAre(0, 0.25F, 0.75F, 1));
  EXPECT_THAT(moved(ResizeBilinear{true, false}, x4, y3), ElementsAre(0, 1.5F, 3));
  // Of rows and columns and channels: the middle of four pixels.
  EXPECT_THAT(moved(ResizeBilinear{false, true}, {1, 2, 2, 2}, {1, 1, 1, 2}), ElementsAre(3, 4));
  EXPECT_THAT(moved(ResizeBilinear{false, true}, {2, 1, 1, 1}, {2, 1, 2, 1}), ElementsAre(0, 0, 1, 1));
}

std::string refusal_of(Parameters parameters, const Shape& x, const Shape& y) {
  try {
    moved(std::move(parameters), x, y);
  } catch (const Refusal& refusal) {
    return refusal.offenders().empty() ? "no operator named" : refusal.offenders()[0];
  }
  return "nothing refused";
}

TEST(CalibrateMovement, RefusesToReadOutside) {
  EXPECT_THAT(refusal_of(Slice{{2, 0}, {1, 1}}, {2, 4}, {1, 4}), HasSubstr("outside of its input"));
  EXPECT_THAT(refusal_of(Slice{{0, 0}, {1, -1}}, {2, 4}, {2, 4}), HasSubstr("outside of its input"));
  EXPECT_THAT(refusal_of(Transpose{{0}}, {2, 4}, {4, 2}), HasSubstr("parameters for 1 axes"));
  EXPECT_THAT(refusal_of(Transpose{{0, 2}}, {2, 4}, {4, 2}), HasSubstr("axis 2 does not exist"));
  EXPECT_THAT(refusal_of(Gather{1, {4}}, {2, 4}, {2, 1}), HasSubstr("index 4 is outside"));
  EXPECT_THAT(refusal_of(Gather{1, {3}}, {2, 4}, {2, 2}), HasSubstr("imply 2 elements"));
  EXPECT_THAT(refusal_of(Pad{{1, 0}, {0, 0}, {}}, {2, 4}, {2, 4}), HasSubstr("imply [3,4]"));
  EXPECT_THAT(refusal_of(Pad{{-1, 0}, {0, 0}, {}}, {2, 4}, {1, 4}), HasSubstr("negative"));
  EXPECT_THAT(refusal_of(Tile{{2, 1}}, {2, 4}, {2, 4}), HasSubstr("imply 16 elements"));
  EXPECT_THAT(refusal_of(Reshape{}, {2, 4}, {2, 2}), HasSubstr("imply 8 elements"));
  EXPECT_THAT(refusal_of(ResizeNearest{{0}, {2}}, {1, 2, 2, 1}, {1, 1, 1, 1}), HasSubstr("table"));
  EXPECT_THAT(refusal_of(ResizeBilinear{}, {2, 2}, {4, 4}), HasSubstr("must be an image"));
  EXPECT_THAT(refusal_of(Concatenation{2}, {2, 2}, {2, 2}), HasSubstr("axis 2 does not exist"));
}

}  // namespace
}  // namespace qrun::converter::calibrate
