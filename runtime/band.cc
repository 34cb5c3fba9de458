#include "runtime/band.h"

#include <algorithm>
#include <cstring>

namespace qrun::runtime {
namespace {

// The address of an image's row 0 as kernels compute it, where only the rows of a window lie in memory.
std::uint8_t* row_zero(std::uint8_t* window, std::int64_t row, std::int64_t row_bytes) {
  return reinterpret_cast<std::uint8_t*>(reinterpret_cast<std::uintptr_t>(window) -
                                         static_cast<std::uintptr_t>(row * row_bytes));
}

// One image's way through a band's members: which rows of each member's output are in its window.
class Walk {
 public:
  Walk(const Band& band, const kernels::Operands& operands, std::int32_t image)
      : band_(band), operands_(operands), image_(image), last_(band.members.size() - 1) {}

  // Computes rows of the last member's output. Calls go down the image.
  void run(Rows output) {
    Rows wanted[kMaxBandMembers];
    wanted[last_] = output;
    for (std::size_t m = last_; m > 0; --m) wanted[m - 1] = band_.members[m].rows.needed(wanted[m]);
    for (std::size_t m = 0; m < last_; ++m) {
      const Rows fresh = slide(m, wanted[m]);
      run_member(m, fresh);
    }
    run_member(last_, output);
  }

 private:
  // Makes room in a member's window for the rows wanted; returns those not there yet.
  Rows slide(std::size_t m, Rows wanted) {
    const BandMember& member = band_.members[m];
    Rows& held = held_[m];
    const std::int32_t kept = std::max(held.end - wanted.begin, 0);
    if (kept > 0 && wanted.begin > held.begin) {
      std::uint8_t* window = operands_.scratch + member.window_offset;
      std::memmove(window, window + (wanted.begin - held.begin) * member.rows.output_row_bytes,
                   static_cast<std::size_t>(kept * member.rows.output_row_bytes));
    }
    held = wanted;
    return {wanted.begin + kept, wanted.end};
  }

  // Where the rows of a member's output are in memory.
  std::uint8_t* output_of(std::size_t m) const {
    if (m == last_) return operands_.output;
    const RowWindow& rows = band_.members[m].rows;
    return row_zero(operands_.scratch + band_.members[m].window_offset,
                    std::int64_t{image_} * rows.output_rows + held_[m].begin, rows.output_row_bytes);
  }

  const std::uint8_t* input_of(std::size_t m, int input) const {
    if (input == BandMember::kNone) return nullptr;
    return input == BandMember::kChained ? output_of(m - 1) : operands_.input[input];
  }

  void run_member(std::size_t m, Rows rows) const {
    const BandMember& member = band_.members[m];
    kernels::Operands operands{};
    for (const int k : {0, 1}) operands.input[k] = input_of(m, member.input[k]);
    operands.output = output_of(m);
    operands.constant = member.constant;
    operands.scratch = operands_.scratch + band_.scratch_offset;
    const std::int32_t first = image_ * member.rows.output_rows;
    const std::int32_t units = member.rows.units_per_row;
    member.run(params_of(member.params), operands, {(first + rows.begin) * units, (first + rows.end) * units});
  }

  const Band& band_;
  const kernels::Operands& operands_;
  std::int32_t image_;
  std::size_t last_;
  Rows held_[kMaxBandMembers] = {};
};

}  // namespace

Rows RowWindow::needed(Rows output) const {
  const std::int64_t begin = std::int64_t{output.begin} * stride - pad;
  const std::int64_t end = (std::int64_t{output.end} - 1) * stride - pad + extent;
  const auto inside = [&](std::int64_t row) {
    return static_cast<std::int32_t>(std::clamp(row, std::int64_t{0}, std::int64_t{input_rows}));
  };
  return {inside(begin), inside(end)};
}

std::int32_t RowWindow::most_needed(std::int32_t count) const {
  return static_cast<std::int32_t>(std::min((std::int64_t{count} - 1) * stride + extent, std::int64_t{input_rows}));
}

void run_band(const void* params, const kernels::Operands& operands, kernels::Range range) {
  const Band& band = *static_cast<const Band*>(params);
  const std::int32_t image_rows = band.members.back().rows.output_rows;
  for (std::int32_t row = range.begin; row < range.end;) {
    const std::int32_t image = row / image_rows, first = image * image_rows;
    const std::int32_t end = std::min(range.end - first, image_rows);
    Walk walk(band, operands, image);
    for (std::int32_t y = row - first; y < end; y += band.height) walk.run({y, std::min(y + band.height, end)});
    row = first + end;
  }
}

}  // namespace qrun::runtime
