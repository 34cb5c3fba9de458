// Pools and reductions: fixed numbers.

#include <gmock/gmock.h>

#include <cmath>

#include "converter/refusal.h"
#include "tests/converter/calibrate/real_graph.h"

namespace qrun::converter::calibrate {
namespace {

using test::RealGraph;
using test::Values;
using ::testing::ElementsAre;
using ::testing::FloatNear;

Values run(Parameters parameters, const Shape& x, const Values& values, const Shape& y) {
  RealGraph graph;
  graph.finish(std::move(parameters), {graph.real_input(x)}, y);
  return graph.run({values});
}

Pool2D pool(PoolKind kind, std::int32_t kernel, PaddingRule rule, Activation activation = Activation::kNone) {
  Pool2D result{kind, kernel, kernel, {}, activation};
  result.window.rule = rule;
  return result;
}

TEST(CalibrateReduction, PoolsCountWhatIsInTheImage) {
  const Shape image = {1, 2, 2, 2};
  const Values x = {1, -1, 2, -2, 3, -3, 10, -6};
  EXPECT_THAT(run(pool(PoolKind::kAverage, 2, PaddingRule::kValid), image, x, {1, 1, 1, 2}), ElementsAre(4, -3));
  EXPECT_THAT(run(pool(PoolKind::kMax, 2, PaddingRule::kValid), image, x, {1, 1, 1, 2}), ElementsAre(10, -1));
  // The padding is behind: the last pixel's window has only itself.
  EXPECT_THAT(run(pool(PoolKind::kAverage, 2, PaddingRule::kSame), image, x, image),
              ElementsAre(4, -3, 6, -4, 6.5F, -4.5F, 10, -6));
  EXPECT_THAT(run(pool(PoolKind::kMax, 2, PaddingRule::kSame, Activation::kReluN1To1), image, x, image),
              ElementsAre(1, -1, 1, -1, 1, -1, 1, -1));
}

TEST(CalibrateReduction, PoolsOfSeveralImagesWithStrides) {
  Pool2D params{PoolKind::kMax, 1, 2, {}, Activation::kNone};
  params.window.stride_width = 2;
  EXPECT_THAT(run(params, {2, 1, 4, 1}, {1, 2, 4, 3, 8, 5, 6, 7}, {2, 1, 2, 1}), ElementsAre(2, 4, 8, 7));
}

TEST(CalibrateReduction, RefusesAWindowOfPaddingOnly) {
  Pool2D params{PoolKind::kAverage, 1, 1, {}, Activation::kNone};
  params.window.pad_top = 1;
  EXPECT_THROW(run(params, {1, 1, 1, 1}, {1}, {1, 2, 1, 1}), Refusal);
}

TEST(CalibrateReduction, SumsAndMeans) {
  const Values x = {1, 2, 3, 4, 5, 6};
  EXPECT_THAT(run(Reduce{ReduceKind::kSum, {1}}, {2, 3}, x, {2}), ElementsAre(6, 15));
  EXPECT_THAT(run(Reduce{ReduceKind::kMean, {0}}, {2, 3}, x, {1, 3}), ElementsAre(2.5F, 3.5F, 4.5F));
  EXPECT_THAT(run(Reduce{ReduceKind::kMean, {0, 2}}, {1, 2, 3}, x, {2}), ElementsAre(2, 5));
  EXPECT_THAT(run(Reduce{ReduceKind::kSum, {0, 1}}, {2, 3}, x, {}), ElementsAre(21));
}

TEST(CalibrateReduction, Softmax) {
  const float e = std::exp(1.0F);
  EXPECT_THAT(run(Softmax{1}, {2, 2}, {0, 1, 1000, 0}, {2, 2}),
              ElementsAre(FloatNear(1 / (1 + e), 1e-7F), FloatNear(e / (1 + e), 1e-7F), 1, 0));
  EXPECT_THAT(run(Softmax{0.5F}, {1, 2}, {0, 2}, {1, 2}),
              ElementsAre(FloatNear(1 / (1 + e), 1e-7F), FloatNear(e / (1 + e), 1e-7F)));
}

TEST(CalibrateReduction, ArgMaxTakesTheFirstOfEquals) {
  const Values x = {1, 9, 9, 4, 5, 0};
  EXPECT_THAT(run(ArgMax{1, false}, {2, 3}, x, {2}), ElementsAre(1, 1));
  EXPECT_THAT(run(ArgMax{1, true}, {2, 3}, x, {2}), ElementsAre(0, 2));
  EXPECT_THAT(run(ArgMax{0, false}, {2, 3}, x, {3}), ElementsAre(1, 0, 0));
}

}  // namespace
}  // namespace qrun::converter::calibrate
