#include "converter/calibrate/gemm.h"

#include <algorithm>
#include <cstring>

namespace qrun::converter::calibrate {
namespace {

// A tile of 4 rows and 8 outputs takes 8 registers of four floats: it fits the 16 that every x86-64 and ARMv8 has.
using Four = float __attribute__((vector_size(16)));
constexpr std::size_t kRows = 4, kVectors = 2, kPanel = 4 * kVectors;
using Tile = float[kRows][kPanel];

template <std::size_t rows>
void multiply(const float* x, std::size_t x_stride, const float* panel, std::size_t depth, float (*tile)[kPanel]) {
  Four sums[rows][kVectors] = {};
  for (std::size_t k = 0; k < depth; ++k) {
    Four weights[kVectors];
    std::memcpy(weights, panel + k * kPanel, sizeof(weights));
#pragma GCC unroll 4
    for (std::size_t r = 0; r < rows; ++r) {
      const float factor = x[r * x_stride + k];
#pragma GCC unroll 2
      for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] += factor * weights[v];
    }
  }
  std::memcpy(tile, sums, sizeof(sums));
}

void multiply_tile(const float* x, std::size_t rows, std::size_t x_stride, const float* panel, std::size_t depth,
                   Tile& tile) {
  if (rows == kRows) return multiply<kRows>(x, x_stride, panel, depth, tile);
  for (std::size_t r = 0; r < rows; ++r) multiply<1>(x + r * x_stride, x_stride, panel, depth, tile + r);
}

}  // namespace

PackedMatrix::PackedMatrix(std::span<const float> matrix, std::size_t outputs, std::size_t depth)
    : outputs_(outputs), depth_(depth), panels_((outputs + kPanel - 1) / kPanel * kPanel * depth, 0.0F) {
  for (std::size_t o = 0; o < outputs; ++o) {
    float* panel = panels_.data() + o / kPanel * kPanel * depth + o % kPanel;
    for (std::size_t k = 0; k < depth; ++k) panel[k * kPanel] = matrix[o * depth + k];
  }
}

void gemm(const float* x, std::size_t rows, std::size_t x_stride, const PackedMatrix& weights, float* y,
          std::size_t y_stride) {
  for (std::size_t block = 0; block < rows; block += kGemmBlock) {
    const std::size_t end = std::min(rows, block + kGemmBlock);
    for (std::size_t o = 0; o < weights.outputs(); o += kPanel) {
      const std::size_t outputs = std::min(kPanel, weights.outputs() - o);
      for (std::size_t r = block; r < end; r += kRows) {
        const std::size_t count = std::min(kRows, end - r);
        Tile tile;
        multiply_tile(x + r * x_stride, count, x_stride, weights.panel(o), weights.depth(), tile);
        for (std::size_t i = 0; i < count; ++i) std::copy_n(tile[i], outputs, y + (r + i) * y_stride + o);
      }
    }
  }
}

}  // namespace qrun::converter::calibrate
