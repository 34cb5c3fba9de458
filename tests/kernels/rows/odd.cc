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
  using Stored = StoredType;
  using Activation = StoredType;
  using Vector = ScalarVector<kLanesOf>;
  using Constants = VectorConstants<kLanesOf>;
  static constexpr int kLanes = kLanesOf;
  static constexpr int kKr = kDepth, kDepthStep = kDepth;
  static constexpr int kMaxVectors = kVectorsOf;
  static constexpr int kGrain = kRowsOf * (kRowsOf + 2);
  static constexpr int max_rows(int vectors) { return vectors == kMaxVectors ? kRowsOf : kRowsOf + 2; }

  static Vector zero() { return {}; }
  static Vector load_bias(const std::int32_t* bias) { return scalar_load<kLanes>(bias); }
  static Vector add_to_all(Vector x, std::int32_t value) { return scalar_add(x, value); }
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
  // In the last lane.
  static Vector add_activations(Vector sum, const Activation* a, std::size_t count) {
    for (std::size_t k = 0; k < count; ++k) sum.lane[kLanes - 1] += a[k];
    return sum;
  }
  static std::int32_t total(const Vector& x) { return x.lane[kLanes - 1]; }

  template <Form kForm>
  using Requantize = ScalarRequantize<kForm, kLanes>;

  template <int kVectors>
  static void store(std::uint8_t* output, const Vector (&y)[kVectors], Clamp range) {
    scalar_store<kLanes>(output, y, range, kVectors * kLanes);
  }
};

}  // namespace

// Stored, lanes, KR, vectors, rows.
constinit const ConvKernel kConvOddInt8 = make_kernel<Odd<std::int8_t, 5, 3, 3, 5>>("qs8_qc8w_igemm_5x15c3__odd_i8");
constinit const ConvKernel kConvOddUInt8 = make_kernel<Odd<std::uint8_t, 7, 5, 1, 3>>("qu8_qc8w_igemm_3x7c5__odd_u8");

}  // namespace qrun::kernels
