// How a range of output pixels is cut for the depthwise kernels: into strips of whole rows, and parts of a single one.

#pragma once

#include <cstdint>

#include "kernels/conv/flatten.h"
#include "kernels/kernels.h"

namespace qrun::kernels {
namespace {

// A strip: output columns [x_begin, x_end) of output rows [y, y + rows), channels [channel, channel + channels).
struct Strip {
  std::int32_t image, y, rows, x_begin, x_end;
  std::int32_t channel, channels;
};

// The first strip of a range, of at most `most_rows` rows: all channels, to be set by who divides them.
inline Strip first_strip(const ConvParams& p, Range range, std::int32_t most_rows) {
  Strip strip{};
  strip.x_begin = range.begin % p.output_width;
  strip.y = range.begin / p.output_width % p.output_height;
  strip.image = range.begin / p.output_width / p.output_height;
  // Whole rows, or a part of one.
  const std::int32_t rest = range.end - range.begin;
  if (strip.x_begin == 0 && rest >= p.output_width) {
    const std::int32_t left = p.output_height - strip.y, whole = rest / p.output_width;
    strip.rows = left < whole ? left : whole;
    if (strip.rows > most_rows) strip.rows = most_rows;
    strip.x_end = p.output_width;
  } else {
    strip.rows = 1;
    strip.x_end = strip.x_begin + rest < p.output_width ? strip.x_begin + rest : p.output_width;
  }
  return strip;
}

inline std::int32_t pixels_of(const Strip& strip) { return strip.rows * (strip.x_end - strip.x_begin); }

// Rows, but of a single one pieces.
inline Units dw_units(const ConvParams& params) {
  constexpr std::int32_t kPiece = 4;
  return {pixel_count(params), params.batch * params.output_height > 1 ? params.output_width : kPiece};
}

}  // namespace
}  // namespace qrun::kernels
