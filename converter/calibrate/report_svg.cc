#include "converter/calibrate/report_svg.h"

#include <algorithm>
#include <cmath>

#include "converter/calibrate/report_style.h"

namespace qrun::converter::calibrate {
namespace {

constexpr std::size_t kChannelsDrawn = 96;

double on_scale(Decibel value) { return std::isnan(value) ? 0 : std::clamp(value, 0.0, kDecibelScale); }

// Columns from left to right in one path of whole coordinates; those that touch share their outline.
class Columns {
 public:
  void add(int left, int right, int top, int bottom) {
    if (right <= left || top == bottom) return;
    if (left != right_ || bottom != bottom_) {
      close();
      path_.add("M{} {}", left, bottom);
    }
    path_.add("V{}H{}", top, right);
    right_ = right;
    bottom_ = bottom;
  }
  Html svg_path(const char* style) {
    if (right_ < 0) return {};
    close();
    return Html::of("<path class=\"{}\" d=\"{}\"/>", style, path_);
  }

 private:
  void close() {
    if (right_ >= 0) path_.add("V{}z", bottom_);
    right_ = -1;
  }

  Html path_;
  int right_ = -1, bottom_ = 0;  // where the last column ends
};

struct Bin {
  double begin, end, count;
};

// The bins, or two, three, ... of them together, so that there are `most` at most.
std::vector<Bin> merged(const Distribution& histogram, std::size_t most) {
  const std::size_t size = histogram.counts.size();
  const std::size_t together = (size + most - 1) / most;
  const double width = (histogram.hi - histogram.lo) / static_cast<double>(size);
  const auto at = [&](std::size_t i) { return histogram.lo + width * static_cast<double>(i); };
  std::vector<Bin> result;
  for (std::size_t i = 0; i < size; i += together) {
    const std::size_t end = std::min(size, i + together);
    result.push_back({at(i), at(end), 0});
    for (std::size_t k = i; k < end; ++k) result.back().count += static_cast<double>(histogram.counts[k]);
  }
  return result;
}

bool is_drawable(const Distribution& histogram) {
  return !histogram.counts.empty() && std::isfinite(histogram.lo) && std::isfinite(histogram.hi) &&
         histogram.lo <= histogram.hi && std::isfinite(histogram.hi - histogram.lo);
}

// Real numbers along the x axis.
struct Axis {
  double begin, end;
  int width;

  int at(double real) const {
    return static_cast<int>(std::lround(std::clamp((real - begin) / (end - begin), 0.0, 1.0) * width));
  }
};

struct HistogramPaths {
  Columns inside, outside;
};

HistogramPaths histogram_paths(const TensorReport& tensor, const Axis& x, Size size) {
  const std::vector<Bin> bins = merged(tensor.histogram, size.bins);
  double most = 0;
  for (const Bin& bin : bins) most = std::fmax(most, std::log1p(bin.count));
  const int low = std::isfinite(tensor.chosen.min) ? x.at(tensor.chosen.min) : 0;
  const int high = std::isfinite(tensor.chosen.max) ? x.at(tensor.chosen.max) : size.width;
  HistogramPaths paths;
  for (const Bin& bin : bins) {
    if (bin.count <= 0) continue;
    // At least one unit wide and high: a single value far out is what the drawing is for.
    const int top =
        size.height - std::max(1, static_cast<int>(std::lround(std::log1p(bin.count) / most * size.height)));
    const int left = x.at(bin.begin), right = std::max(x.at(bin.end), left + 1);
    const int from = std::clamp(low, left, right), to = std::clamp(high, from, right);
    paths.outside.add(left, from, top, size.height);
    paths.inside.add(from, to, top, size.height);
    paths.outside.add(to, right, top, size.height);
  }
  return paths;
}

Html marks(const TensorReport& tensor, const Axis& x, int height) {
  Html result;
  if (x.begin < 0 && x.end > 0) result.add("<path class=\"zero\" d=\"M{} 0V{}\"/>", x.at(0), height);
  if (std::isfinite(tensor.chosen.min) && std::isfinite(tensor.chosen.max)) {
    const int from = x.at(tensor.chosen.min), to = x.at(tensor.chosen.max);
    result.add("<path class=\"chosen\" d=\"M{} 0V{}M{} 0V{}\"/>", from, height, to, height);
  }
  return result;
}

}  // namespace

Html decibel_bar(Decibel sqnr) {
  return Html::of(
      "<svg class=\"bar\" viewBox=\"0 0 {} 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
      "<rect class=\"{}\" width=\"{:.1f}\" height=\"1\"/></svg>",
      kDecibelScale, grade_class(grade(sqnr)), on_scale(sqnr));
}

Html change_bar(Decibel before, Decibel after) {
  const double from = on_scale(before), to = on_scale(after);
  return Html::of(
      "<svg class=\"bar\" viewBox=\"0 0 {} 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
      "<rect class=\"was\" width=\"{:.1f}\" height=\"1\"/>"
      "<rect class=\"{}\" x=\"{:.1f}\" width=\"{:.1f}\" height=\"1\"/></svg>",
      kDecibelScale, std::min(from, to), to >= from ? "gain" : "loss", std::min(from, to), std::fabs(to - from));
}

Html profile(const std::vector<LayerReport>& layers) {
  Html svg;
  svg.add("<svg viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">", 10 * layers.size(),
          kDecibelScale);
  for (const Decibel line : {kFairFrom, kGoodFrom}) {
    svg.add("<path class=\"limit\" d=\"M0 {}H{}\"/>", kDecibelScale - line, 10 * layers.size());
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (std::isnan(layers[i].sqnr)) continue;
    const double height = std::max(1.0, on_scale(layers[i].sqnr));
    svg.add("<a href=\"#l{}\" tabindex=\"-1\"><rect class=\"{}\" x=\"{}\" y=\"{:.1f}\" width=\"8\" height=\"{:.1f}\">",
            i, grade_class(grade(layers[i].sqnr)), 10 * i + 1, kDecibelScale - height, height);
    svg.add("<title>{}: {}</title></rect></a>", layers[i].name, decibel_text(layers[i].sqnr));
  }
  svg.add("</svg>");
  return svg;
}

Interval axis(const TensorReport& tensor) {
  Interval result{tensor.histogram.lo, tensor.histogram.hi};
  if (std::isfinite(tensor.chosen.min)) result.min = std::fmin(result.min, tensor.chosen.min);
  if (std::isfinite(tensor.chosen.max)) result.max = std::fmax(result.max, tensor.chosen.max);
  if (result.min < result.max) return result;
  const double around = std::fmax(std::fabs(result.min) / 2, 1e-3);
  return {result.min - around, result.max + around};
}

Html histogram(const TensorReport& tensor, Size size) {
  const Interval ends = axis(tensor);
  if (!is_drawable(tensor.histogram) || !std::isfinite(ends.max - ends.min)) return {};
  const Axis x{ends.min, ends.max, size.width};
  HistogramPaths paths = histogram_paths(tensor, x, size);
  return Html::of(
      "<svg class=\"histogram\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"Histogram: {} of the values are saturated\">{}{}{}</svg>",
      size.width, size.height, percent_text(tensor.saturated_share), paths.inside.svg_path("inside"),
      paths.outside.svg_path("outside"), marks(tensor, x, size.height));
}

Html channel_ranges(const std::vector<Interval>& weights) {
  constexpr int kHeight = 48;  // zero in its middle
  const std::size_t together = std::max<std::size_t>(1, (weights.size() + kChannelsDrawn - 1) / kChannelsDrawn);
  std::vector<Interval> drawn((weights.size() + together - 1) / together, Interval{0, 0});
  double greatest = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    Interval& range = drawn[i / together];
    range = {std::fmin(range.min, weights[i].min), std::fmax(range.max, weights[i].max)};
    greatest = std::fmax(greatest, std::fmax(-range.min, range.max));
  }
  if (!(greatest > 0) || !std::isfinite(greatest)) return {};
  const auto y = [&](double value) { return static_cast<int>(std::lround((1 - value / greatest) * kHeight / 2)); };
  Columns columns;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const int left = static_cast<int>(10 * i);
    columns.add(left + 1, left + 9, y(drawn[i].max), y(drawn[i].min));
  }
  return Html::of(
      "<svg class=\"channels\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"Weight ranges of {} channels\">{}<path class=\"zero\" d=\"M0 {}H{}\"/></svg>",
      10 * drawn.size(), kHeight, weights.size(), columns.svg_path("inside"), kHeight / 2, 10 * drawn.size());
}

}  // namespace qrun::converter::calibrate
