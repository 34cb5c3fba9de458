// Several steps run as one, a band of image rows at a time.
//
// Why: between a pointwise convolution that widens and one that narrows lies the largest tensor of a block. Band by
// band its rows stay in the cache, it needs no place in the arena, and threads meet once a block instead of once a
// step. The members' kernels are those of the single steps: which rows are computed when does not change a byte.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/kernel_params.h"

namespace qrun::runtime {

// Half-open, of one image.
struct Rows {
  std::int32_t begin = 0, end = 0;
};

// How the image rows of a step's output depend on those of its inputs. Both are images of whole rows, one image after
// the other.
struct RowWindow {
  std::int32_t images, input_rows, output_rows;
  std::int32_t stride, extent, pad;  // output row y reads input rows [y * stride - pad, ... + extent) inside the image
  std::int64_t input_row_bytes, output_row_bytes;
  std::int32_t units_per_row;

  Rows needed(Rows output) const;
  // The most input rows that any `count` output rows in sequence need.
  std::int32_t most_needed(std::int32_t count) const;
};

inline constexpr int kMaxBandMembers = 8;

struct BandMember {
  // Of an input: none, or what the member before writes; else the number of an input of the whole band's.
  static constexpr int kNone = -1, kChained = -2;

  kernels::KernelFunction run = nullptr;
  KernelParams params;
  const std::uint8_t* constant = nullptr;
  RowWindow rows{};
  int input[2] = {kNone, kNone};
  std::size_t window_offset = 0;  // in scratch: where rows of its output are kept; unused for the last member
};

// Units: rows of the last member's output, image after image.
struct Band {
  std::vector<BandMember> members;  // at most kMaxBandMembers
  std::int32_t height = 1;          // of the last member's rows, at a time
  std::size_t scratch_offset = 0;   // of the members' own scratch, behind the windows
};

// The kernel of a step whose parameters are a Band.
void run_band(const void* band, const kernels::Operands& operands, kernels::Range rows);

}  // namespace qrun::runtime
