// Products of float32 matrices that are the same, bit for bit, on every machine.
//
// Ranges become scales, and a source must give the same file everywhere. So every sum here has one order: along the
// depth, one multiplication and one addition at a time, whatever the vectors' width. Libraries of linear algebra order
// their sums by the CPU's caches and instructions.

#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace qrun::converter::calibrate {

// A matrix [outputs, depth], row-major as given, held in panels of a few outputs with the depth outside.
class PackedMatrix {
 public:
  PackedMatrix(std::span<const float> matrix, std::size_t outputs, std::size_t depth);

  std::size_t outputs() const { return outputs_; }
  std::size_t depth() const { return depth_; }
  const float* panel(std::size_t first_output) const { return panels_.data() + first_output * depth_; }

 private:
  std::size_t outputs_, depth_;
  std::vector<float> panels_;  // outputs padded with zeros to whole panels
};

// y[r, o] = sum over k of x[r, k] * weights[o, k]; rows of x and y start `x_stride` and `y_stride` elements apart.
void gemm(const float* x, std::size_t rows, std::size_t x_stride, const PackedMatrix& weights, float* y,
          std::size_t y_stride);

// How many rows gemm() takes at a time: x's stay in the cache while the panels pass.
inline constexpr std::size_t kGemmBlock = 96;

}  // namespace qrun::converter::calibrate
