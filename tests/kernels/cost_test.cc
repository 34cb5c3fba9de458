// Which layers of known networks go to AMX's tiles, and which do not.

#include "kernels/gemm/cost.h"

#include <gtest/gtest.h>

namespace qrun::kernels {
namespace {

// A square image and kernel; a fully connected layer is `batch` images of one pixel.
ConvParams layer(std::int32_t batch, std::int32_t extent, std::int32_t channels, std::int32_t kernel,
                 std::int32_t output_channels, std::int32_t groups = 1) {
  ConvParams p = {};
  p.batch = batch;
  p.input_height = p.input_width = p.output_height = p.output_width = extent;
  p.input_channels = channels;
  p.output_channels = output_channels;
  p.kernel_height = p.kernel_width = kernel;
  p.dilation_height = p.dilation_width = 1;
  p.groups = groups;
  return p;
}

bool amx_pays(const ConvParams& p) { return tile_cost(p) < vector_cost(p, 16, 4); }

TEST(Cost, TilesTakeWhatFillsThem) {
  EXPECT_TRUE(amx_pays(layer(1, 56, 64, 1, 64)));
  EXPECT_TRUE(amx_pays(layer(1, 56, 64, 3, 64)));
  EXPECT_TRUE(amx_pays(layer(1, 7, 960, 1, 160)));
  EXPECT_TRUE(amx_pays(layer(1, 112, 16, 1, 96)));
  EXPECT_TRUE(amx_pays(layer(64, 1, 1024, 1, 1000)));
}

TEST(Cost, VectorsTakeTheRest) {
  EXPECT_FALSE(amx_pays(layer(1, 1, 1280, 1, 1000)));     // one row of sixteen
  EXPECT_FALSE(amx_pays(layer(1, 56, 4, 1, 64)));         // a depth of four
  EXPECT_FALSE(amx_pays(layer(1, 112, 3, 3, 32)));        // more gathered than multiplied
  EXPECT_FALSE(amx_pays(layer(1, 56, 128, 3, 128, 32)));  // four channels a group, and of a tile's sixteen
}

// One multiplication, 16 + 32 cycles, against 10 a pixel; requantization on both sides.
TEST(Cost, OneTile) {
  EXPECT_FALSE(amx_pays(layer(4, 1, 64, 1, 16)));
  EXPECT_TRUE(amx_pays(layer(5, 1, 64, 1, 16)));
}

// A row is built upon a lesser one's, and keeps its kernels as candidates: none is to be chosen before the row's own.
// Tiles alone leave some layers to vectors.
TEST(Cost, RowsPreferTheirOwnKernels) {
  for (const Row* row : library_rows()) {
    if (row->name == "amx") continue;
    for (const std::int32_t extent : {1, 2, 7, 112}) {
      for (const std::int32_t channels : {1, 3, 8, 17, 64, 1000}) {
        for (const std::int32_t kernel : {1, 3}) {
          for (const std::int32_t output_channels : {1, 24, 1000}) {
            const ConvParams p = layer(1, extent, channels, kernel, output_channels);
            EXPECT_EQ(&choose(row->conv, p, {}), row->conv[0])
                << row->name << ": " << extent << ' ' << channels << ' ' << kernel << ' ' << output_channels;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace qrun::kernels
