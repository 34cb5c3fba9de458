// Convolution kernels of layouts that no CPU has: odd depths of a dot product, odd numbers of lanes, vectors and rows.
// Whatever the gemm templates take for granted about powers of two shows here.

#include <cstddef>
#include <cstdint>

#include "kernels/gemm/igemm.inl"
#include "tests/kernels/rows/scalar.inl"
#include "tests/kernels/rows/test_kernels.h"

namespace qrun::kernels {
namespace {

template <class StoredType, int kLanesOf, int kDepth, int kVectorsOf, int kRowsOf>
struct Odd {
  using Half = Odd;  // as panels of their own, not faster
  using Stored = StoredType;
  using Activation = StoredType;
  using Vector = ScalarVector<kLanesOf>;
  using Constants = VectorConstants<kLanesOf>;
  static constexpr int kLanes = kLanesOf;
  static constexpr int kKr = kDepth, kDepthStep = kDepth;
  static constexpr int kMaxVectors = kVectorsOf;
  static constexpr int kMaxVectorsOfOneRow = 2 * kVectorsOf;
  static constexpr int kGrain = kRowsOf * (kRowsOf + 2);
  static constexpr bool kOverlapped = true, kWordShift = true;
  static constexpr int max_rows(int vectors) { return vectors == kMaxVectors ? kRowsOf : kRowsOf + 2; }
  static constexpr int overlapped_rows(int vectors) { return vectors == kMaxVectors ? kRowsOf - 2 : kRowsOf; }

  static Vector load_bias(const std::int32_t* bias) { return scalar_load<kLanes>(bias); }
  static Vector load_weights(const std::int8_t* weights) { return {{}, weights}; }
  static Vector broadcast(const Activation* activations) { return {{}, activations}; }
  static Vector dot(Vector sum, const Vector& activations, const Vector& weights) {
    const auto* a = static_cast<const Activation*>(activations.operand);
    const auto* w = static_cast<const std::int8_t*>(weights.operand);
    for (int i = 0; i < kLanes; ++i) {
      for (int k = 0; k < kKr; ++k) sum.lane[i] = wrapping_add(sum.lane[i], static_cast<std::uint32_t>(a[k] * *w++));
    }
    return sum;
  }
  template <Form kForm>
  using Requantize = ScalarRequantize<kForm, kLanes>;

  template <int MR, int kVectors>
  static void store(std::uint8_t* output, std::size_t stride, int columns, const Vector (&y)[MR][kVectors],
                    Clamp range) {
    for (int r = 0; r < MR; ++r, output += stride) scalar_store<kLanes>(output, y[r], range, columns);
  }
  template <int MR, int kVectors>
  static void store_word_shifted(std::uint8_t* output, std::size_t stride, int columns, const Vector (&x)[MR][kVectors],
                                 const Constants* constants) {
    for (int r = 0; r < MR; ++r, output += stride) scalar_store_word_shifted(output, x[r], constants, columns);
  }
};

}  // namespace

// Stored, lanes, KR, vectors, rows.
constinit const ConvKernel kConvOddInt8 = make_kernel<Odd<std::int8_t, 5, 3, 3, 5>>("qs8_qc8w_igemm_5x15c3__odd_i8");
constinit const ConvKernel kConvOddUInt8 = make_kernel<Odd<std::uint8_t, 7, 5, 1, 3>>("qu8_qc8w_igemm_3x7c5__odd_u8");

}  // namespace qrun::kernels
