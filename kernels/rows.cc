// The table of ISA rows. Each is a constant: composed by the compiler, without a dynamic initializer.
//
// A row of an instruction set starts as the reference row of its domain or a lesser set's row, replaces what it does
// better and takes its place in kRows, slowest first.

#include <algorithm>

#include "kernels/cpu.h"
#include "kernels/dwconv/dwconv.h"
#include "kernels/gemm/gemm.h"
#include "kernels/kernels.h"
#include "kernels/reference.h"
#include "kernels/row_kernels.h"
#include "kernels/typed.h"

namespace qrun::kernels {
namespace {

bool always() { return true; }

// `kernels` under a name of its own.
constexpr Row named(std::string_view name, bool (*available)(), Row kernels) {
  kernels.name = name;
  kernels.available = available;
  kernels.test_only = false;
  return kernels;
}

// Puts a convolution kernel before the candidates that there are.
constexpr void prefer(const ConvKernel* (&candidates)[kMaxCandidates], const ConvKernel& kernel) {
  std::shift_right(candidates, candidates + kMaxCandidates, 1);
  candidates[0] = &kernel;
}

template <class T>
constexpr Row reference_kernels(Domain domain, const ConvKernel& conv, const ConvKernel& depthwise) {
  Row row = {};
  row.domain = domain;
  prefer(row.conv, conv);
  prefer(row.depthwise, depthwise);
  row.add = erase<&reference::add<T>>;
  row.mul = erase<&reference::mul<T>>;
  row.prelu = erase<&reference::prelu<T>>;
  row.requantize = erase<&reference::requantize<T>>;
  row.leaky_relu = erase<&reference::leaky_relu<T>>;
  row.hard_swish = erase<&reference::hard_swish<T>>;
  row.lookup = reference::lookup;
  row.average_pool = erase<&reference::average_pool<T>>;
  row.max_pool = erase<&reference::max_pool<T>>;
  row.reduce = erase<&reference::reduce<T>>;
  row.softmax = erase<&reference::softmax<T>>;
  row.arg_max = erase<&reference::arg_max<T>>;
  row.copy = erase<&reference::copy>;
  row.fill = erase<&reference::fill>;
  row.flip = reference::flip;
  row.gather = erase<&reference::gather>;
  row.resize_bilinear = erase<&reference::resize_bilinear<T>>;
  row.resize_nearest = erase<&reference::resize_nearest>;
  return row;
}

constexpr Row kReferenceInt8 =
    named("reference", &always,
          reference_kernels<std::int8_t>(Domain::kInt8, reference::kConvInt8, reference::kDepthwiseInt8));

// Exists to be built upon, and to run whole models in the other domain.
constexpr Row kReferenceUInt8 = [] {
  Row row = named("reference_u8", &always,
                  reference_kernels<std::uint8_t>(Domain::kUInt8, reference::kConvUInt8, reference::kDepthwiseUInt8));
  row.test_only = true;
  return row;
}();

// The reference row of a domain with what is faster on any CPU.
template <class T>
constexpr Row portable_kernels(Row reference) {
  reference.softmax = erase<&portable::softmax<T>>;
  reference.arg_max = erase<&portable::arg_max<T>>;
  return reference;
}

// Functions of one byte as tables: no vector of rescales is faster.
constexpr void look_up_unary(Row& row, KernelFunction lookup) {
  row.lookup = lookup;
  row.requantize = row.leaky_relu = row.hard_swish = nullptr;
}

constexpr Row kPortableInt8 = portable_kernels<std::int8_t>(kReferenceInt8);
constexpr Row kPortableUInt8 = portable_kernels<std::uint8_t>(kReferenceUInt8);

}  // namespace
}  // namespace qrun::kernels

#ifdef QRUN_X86_ROWS
#include "kernels/rows_x86.inl"
#endif
#ifdef QRUN_ARM_ROWS
#include "kernels/rows_arm.inl"
#endif

namespace qrun::kernels {
namespace {

constexpr const Row* kRows[] = {
    &kReferenceInt8, &kReferenceUInt8,
#ifdef QRUN_X86_ROWS
    &kAvx2,          &kAvxVnni,        &kAvx512Vnni, &kAvx512Vbmi, &kAmx,
#endif
#ifdef QRUN_ARM_ROWS
    &kNeon,
#ifdef __aarch64__
    &kDotProd,       &kI8mm,
#endif
#endif
};

}  // namespace

std::span<const Row* const> library_rows() { return kRows; }

const ConvKernel& choose(const ConvKernel* const (&candidates)[kMaxCandidates], const ConvParams& params,
                         const ConvConstants& constants) {
  const ConvKernel* best = candidates[0];
  for (int i = 1; i < kMaxCandidates && candidates[i] != nullptr; ++i) {
    const ConvKernel* next = candidates[i];
    if (!next->accepts(params, constants)) continue;
    if (!best->accepts(params, constants) || next->cost(params) < best->cost(params)) best = next;
  }
  return *best;
}

const Row* find_row(std::string_view name) {
  const auto all = rows();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Row* row) { return row->name == name; });
  return found == all.end() ? nullptr : *found;
}

const Row& best_row() {
  const Row* best = &kReferenceInt8;
  for (const Row* row : rows()) {
    if (!row->test_only && row->available()) best = row;
  }
  return *best;
}

const Row& reference_row(Domain domain) { return domain == Domain::kInt8 ? kReferenceInt8 : kReferenceUInt8; }

}  // namespace qrun::kernels
