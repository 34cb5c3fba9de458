// Means and sums in vectors of int32 lanes. Traits: vector.inl.
//
// A row-major tensor's innermost elements lie side by side. Where they are reduced, as over the last axis, each output
// sums runs of them; where they are kept, as over height and width, lanes are outputs.

#pragma once

#include "kernels/vector.inl"

namespace qrun::kernels {
namespace {

// Calls visit(x) for the first element of each run of the last reduced axis; the first of all runs is at `x`.
template <class Stored, class Visit>
void for_each_run(const ReduceParams& p, const Stored* x, Visit visit) {
  const std::int32_t last = p.reduced_dims - 1;
  const std::int32_t runs = last < 0 ? 1 : p.count / p.reduced_extent[last];
  for (std::int32_t run = 0; run < runs; ++run) {
    visit(last < 0 ? x : x + strided_offset(run, last, p.reduced_extent, p.reduced_stride));
  }
}

template <class Isa>
std::int32_t sum_run(const typename Isa::Stored* x, std::ptrdiff_t count, std::ptrdiff_t stride) {
  std::int32_t sum = 0;
  std::ptrdiff_t i = 0;
  if (stride == 1 && count >= kBlockLanes<Isa>) {
    typename Isa::template Sums<1> sums(0);
    for (; i + kBlockLanes<Isa> <= count; i += kBlockLanes<Isa>) sums.add(x + i);
    const typename Isa::Int32* lanes = sums.lanes();
    typename Isa::Int32 total = lanes[0];
    for (int v = 1; v < Isa::kBlock; ++v) total += lanes[v];
    for (int lane = 0; lane < Isa::kLanes; ++lane) sum += total[lane];
  }
  for (; i < count; ++i) sum += x[i * stride];
  return sum;
}

// One output at a time.
template <class Isa>
void reduce_runs(const ReduceParams& p, const Operands& operands, Range elements) {
  const std::int32_t last = p.reduced_dims - 1;
  for (std::int32_t i = elements.begin; i < elements.end; ++i) {
    std::int32_t sum = -p.count * p.input_zero_point;
    for_each_run(p, stored_input<Isa>(operands, 0) + strided_offset(i, p.kept_dims, p.kept_extent, p.kept_stride),
                 [&](const typename Isa::Stored* x) {
                   sum += last < 0 ? *x : sum_run<Isa>(x, p.reduced_extent[last], p.reduced_stride[last]);
                 });
    const std::int32_t y = clamp(apply(p.rescale, sum) + p.output_zero_point, Isa::kRange);
    stored_output<Isa>(operands)[i] = static_cast<typename Isa::Stored>(y);
  }
}

// Calls visit(x) for every element that is reduced into the output whose first is at `x`.
template <class Stored, class Visit>
void for_each_reduced(const ReduceParams& p, const Stored* x, Visit visit) {
  const std::int32_t last = p.reduced_dims - 1;
  const std::ptrdiff_t extent = last < 0 ? 1 : p.reduced_extent[last];
  const std::ptrdiff_t stride = last < 0 ? 0 : p.reduced_stride[last];
  for_each_run(p, x, [&](const Stored* run) {
    for (std::ptrdiff_t r = 0; r < extent; ++r, run += stride) visit(run);
  });
}

// kBlocks blocks of outputs side by side.
template <class Isa, int kBlocks, class Requantize>
void reduce_blocks(const ReduceParams& p, const Requantize& requantize, const typename Isa::Stored* x,
                   typename Isa::Stored* y) {
  typename Isa::template Sums<kBlocks> sums(-p.count * p.input_zero_point);
  for_each_reduced(p, x, [&sums](const typename Isa::Stored* element) { sums.add(element); });
  const typename Isa::Int32* sum = sums.lanes();
  for (int b = 0; b < kBlocks; ++b, sum += Isa::kBlock) {
    typename Isa::Int32 lanes[Isa::kBlock];
    for (int v = 0; v < Isa::kBlock; ++v) lanes[v] = requantize(sum[v]);
    Isa::store(y + b * kBlockLanes<Isa>, lanes, Isa::kRange);
  }
}

// Many outputs at a time. Requires: the last kept stride is 1.
template <class Isa, class Requantize>
void reduce_lanes(const ReduceParams& p, const Operands& operands, Range elements, const Requantize& requantize) {
  const std::int32_t row_length = p.kept_extent[p.kept_dims - 1];
  std::int32_t i = elements.begin;
  while (i < elements.end) {
    // To the end of the row of kept elements.
    const std::int32_t row_end = i + (row_length - i % row_length);
    const std::int32_t end = row_end < elements.end ? row_end : elements.end;
    const typename Isa::Stored* x =
        stored_input<Isa>(operands, 0) + strided_offset(i, p.kept_dims, p.kept_extent, p.kept_stride);
    typename Isa::Stored* y = stored_output<Isa>(operands) + i;
    const std::ptrdiff_t count = end - i;
    i = end;
    std::ptrdiff_t c = 0;
    constexpr int kBlocks = 4;
    for (; count - c >= kBlocks * kBlockLanes<Isa>; c += kBlocks * kBlockLanes<Isa>) {
      reduce_blocks<Isa, kBlocks>(p, requantize, x + c, y + c);
    }
    for (; count - c >= kBlockLanes<Isa>; c += kBlockLanes<Isa>) reduce_blocks<Isa, 1>(p, requantize, x + c, y + c);
    for (; c < count; c += Isa::kLanes) {
      const int left = lanes_left<Isa>(count, c);
      typename Isa::Int32 lanes = typename Isa::Int32{} - p.count * p.input_zero_point;
      for_each_reduced(p, x + c,
                       [&lanes, left](const typename Isa::Stored* element) { lanes += Isa::widen(element, left); });
      Isa::store(y + c, requantize(lanes), Isa::kRange, left);
    }
  }
}

template <class Isa>
void reduce(const ReduceParams& p, const Operands& operands, Range elements) {
  const auto side_by_side = [](std::int32_t dims, const std::int32_t* extent, const std::int32_t* stride) {
    return dims > 0 && extent[dims - 1] > 1 && stride[dims - 1] == 1;
  };
  if (!side_by_side(p.kept_dims, p.kept_extent, p.kept_stride)) return reduce_runs<Isa>(p, operands, elements);
  // Loading proves that the sum of p.count differences fits.
  const std::uint32_t bound = 255U * static_cast<std::uint32_t>(p.count);
  with_requantizer<Isa>(p.rescale, bound, p.output_zero_point, Isa::kRange,
                        [&](const auto& requantize) { reduce_lanes<Isa>(p, operands, elements, requantize); });
}

}  // namespace
}  // namespace qrun::kernels
