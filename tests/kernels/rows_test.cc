// The table of rows: order, names, completeness, and which row is chosen.

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "kernels/kernels.h"

namespace qrun::kernels {
namespace {

TEST(Rows, ReferenceIsFirstAndAlwaysAvailable) {
  ASSERT_FALSE(rows().empty());
  EXPECT_EQ(rows().front()->name, "reference");
  EXPECT_TRUE(rows().front()->available());
  EXPECT_FALSE(rows().front()->test_only);
}

TEST(Rows, NamesAreDistinctAndFound) {
  std::set<std::string_view> names;
  for (const Row* row : rows()) {
    EXPECT_TRUE(names.insert(row->name).second) << row->name;
    EXPECT_EQ(find_row(row->name), row);
  }
  EXPECT_EQ(find_row(""), nullptr);
  EXPECT_EQ(find_row("Reference"), nullptr);
}

TEST(Rows, ReferenceOfEachDomain) {
  EXPECT_EQ(&reference_row(Domain::kInt8), find_row("reference"));
  EXPECT_EQ(&reference_row(Domain::kUInt8), find_row("reference_u8"));
  EXPECT_EQ(reference_row(Domain::kInt8).domain, Domain::kInt8);
  EXPECT_EQ(reference_row(Domain::kUInt8).domain, Domain::kUInt8);
}

TEST(Rows, BestIsTheLastOneMeantForUse) {
  const auto usable = [](const Row* row) { return row->available() && !row->test_only; };
  const auto all = rows();
  EXPECT_EQ(&best_row(), *std::find_if(all.rbegin(), all.rend(), usable));
  EXPECT_TRUE(reference_row(Domain::kUInt8).test_only);
}

TEST(Rows, EveryRowIsComplete) {
  for (const Row* row : rows()) {
    SCOPED_TRACE(row->name);
    for (const auto& candidates : {row->conv, row->depthwise}) {
      EXPECT_NE(candidates[0], nullptr);
      const auto* end = std::find(candidates, candidates + kMaxCandidates, nullptr);
      EXPECT_TRUE(std::all_of(end, candidates + kMaxCandidates, [](const ConvKernel* k) { return k == nullptr; }));
      for (const auto* kernel = candidates; kernel != end; ++kernel) {
        EXPECT_NE((*kernel)->name, nullptr);
        EXPECT_NE((*kernel)->accepts, nullptr);
        EXPECT_NE((*kernel)->cost, nullptr);
        EXPECT_NE((*kernel)->packed_bytes, nullptr);
        EXPECT_NE((*kernel)->pack, nullptr);
        EXPECT_NE((*kernel)->scratch_bytes, nullptr);
        EXPECT_NE((*kernel)->units, nullptr);
        EXPECT_NE((*kernel)->run, nullptr);
      }
    }
    for (const KernelFunction kernel :
         {row->add, row->mul, row->prelu, row->lookup, row->average_pool, row->max_pool, row->reduce, row->softmax,
          row->arg_max, row->copy, row->fill, row->flip, row->gather, row->resize_bilinear, row->resize_nearest}) {
      EXPECT_NE(kernel, nullptr);
    }
  }
}

// What plans tabulate with, for rows without these.
TEST(Rows, ReferencesHaveEveryUnaryFunction) {
  for (const Domain domain : {Domain::kInt8, Domain::kUInt8}) {
    EXPECT_NE(reference_row(domain).requantize, nullptr);
    EXPECT_NE(reference_row(domain).leaky_relu, nullptr);
    EXPECT_NE(reference_row(domain).hard_swish, nullptr);
  }
}

}  // namespace
}  // namespace qrun::kernels
