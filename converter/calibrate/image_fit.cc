#include "converter/calibrate/image_fit.h"

#include <algorithm>
#include <cmath>

namespace qrun::converter::calibrate {
namespace {

// The input pixels [first, first + weights) that one output row or column is made of.
struct Taps {
  std::size_t first;
  std::vector<float> weights;
};

// Of the `count` outputs in the middle of `whole`.
std::vector<Taps> taps_of(int input, int whole, int count) {
  const double scale = static_cast<double>(input) / whole, reach = std::max(scale, 1.0);
  const int start = (whole - count) / 2;
  std::vector<Taps> result;
  for (int i = start; i < start + count; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(std::floor(center - reach + 0.5)));
    const int last = std::min(input, static_cast<int>(std::floor(center + reach + 0.5)));
    std::vector<double> triangle;
    double sum = 0;
    for (int k = first; k < last; ++k) {
      triangle.push_back(std::max(0.0, 1 - std::abs((k + 0.5 - center) / reach)));
      sum += triangle.back();
    }
    Taps taps{static_cast<std::size_t>(first), {}};
    for (const double weight : triangle) taps.weights.push_back(static_cast<float>(weight / sum));
    result.push_back(std::move(taps));
  }
  return result;
}

// Along the middle axis of [outer, rows, inner].
std::vector<float> resample(const std::vector<float>& x, const std::vector<Taps>& all, std::size_t outer,
                            std::size_t inner) {
  const std::size_t block_size = x.size() / outer;
  std::vector<float> y(outer * all.size() * inner, 0.0F);
  float* next = y.data();
  for (std::size_t n = 0; n < outer; ++n) {
    const float* block = x.data() + n * block_size;
    for (const Taps& taps : all) {
      for (std::size_t k = 0; k < taps.weights.size(); ++k) {
        const float* source = block + (taps.first + k) * inner;
        for (std::size_t i = 0; i < inner; ++i) next[i] += taps.weights[k] * source[i];
      }
      next += inner;
    }
  }
  return y;
}

}  // namespace

Image resized_center(const Image& image, ImageSize whole, ImageSize size) {
  const auto channels = static_cast<std::size_t>(image.channels);
  const std::vector<Taps> columns = taps_of(image.width, whole.width, size.width);
  const std::vector<Taps> rows = taps_of(image.height, whole.height, size.height);
  const std::vector<float> narrow = resample(image.pixels, columns, static_cast<std::size_t>(image.height), channels);
  return {size.width, size.height, image.channels, resample(narrow, rows, 1, columns.size() * channels)};
}

}  // namespace qrun::converter::calibrate
