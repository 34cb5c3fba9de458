#include <algorithm>
#include <cmath>

#include "converter/calibrate/report_sections.h"
#include "converter/calibrate/report_svg.h"

namespace qrun::converter::calibrate {
namespace {

std::string range_text(const Interval& range) {
  return std::isnan(range.min) && std::isnan(range.max)
             ? real_text(kUnknown)
             : fmt::format("{} to {}", real_text(range.min), real_text(range.max));
}

// The share of the chosen range that observed values reach: what is missing are steps never used.
double used_share(const TensorReport& tensor) {
  const double width = tensor.chosen.max - tensor.chosen.min;
  const double used =
      std::min(tensor.observed.max, tensor.chosen.max) - std::max(tensor.observed.min, tensor.chosen.min);
  const bool known = std::isfinite(tensor.observed.max - tensor.observed.min) && width > 0;
  return known ? std::max(0.0, used / width) : kUnknown;
}

void add_stat(Html& html, const char* term, const std::string& text) {
  html.add("<div><dt>{}</dt><dd class=\"num\">{}</dd></div>", term, text);
}

Html stats(const TensorReport& tensor) {
  Html html;
  html.add("<dl class=\"stats\">");
  add_stat(html, "Chosen range", range_text(tensor.chosen));
  add_stat(html, "Observed", range_text(tensor.observed));
  add_stat(html, "Chosen range used", percent_text(used_share(tensor)));
  add_stat(html, "Scale, zero point", fmt::format("{}, {}", real_text(tensor.scale), tensor.zero_point));
  add_stat(html, "Mean \xC2\xB1 deviation",
           fmt::format("{} \xC2\xB1 {}", real_text(tensor.mean), real_text(tensor.standard_deviation)));
  add_stat(html, "Zeros", percent_text(tensor.zero_share));
  html.add("</dl>");
  return html;
}

void add_tensor(Html& html, const TensorReport& tensor, std::size_t index) {
  html.add("<figure class=\"tensor\" id=\"t{}\"><figcaption><h3 class=\"name\">{}</h3><p>{}", index, tensor.name,
           tensor.shape.empty() ? std::string("scalar") : extents_text(tensor.shape));
  if (tensor.saturated_share > 0) {
    html.add(", <strong class=\"clip-text num\">{} saturated</strong>", percent_text(tensor.saturated_share));
  }
  html.add("</p></figcaption>\n");
  const Html drawing = histogram(tensor, kFull);
  if (drawing.text().empty()) {
    html.add("<p class=\"note\">No histogram.</p>");
  } else {
    const Interval ends = axis(tensor);
    html.add("{}<div class=\"ends num\"><span>{}</span><span>{}</span></div>", drawing, real_text(ends.min),
             real_text(ends.max));
  }
  html.add("{}</figure>\n", stats(tensor));
}

// A swatch of each colour and line.
constexpr const char* kLegend =
    "<ul class=\"legend\">"
    "<li><svg viewBox=\"0 0 16 12\" aria-hidden=\"true\"><path class=\"inside\" d=\"M0 0H16V12H0z\"/></svg>"
    "inside the chosen range</li>"
    "<li><svg viewBox=\"0 0 16 12\" aria-hidden=\"true\"><path class=\"outside\" d=\"M0 0H16V12H0z\"/></svg>"
    "outside: saturates</li>"
    "<li><svg viewBox=\"0 0 16 12\" aria-hidden=\"true\"><path class=\"chosen\" d=\"M3 0V12M13 0V12\"/></svg>"
    "ends of the chosen range</li>"
    "<li><svg viewBox=\"0 0 16 12\" aria-hidden=\"true\"><path class=\"zero\" d=\"M8 0V12\"/></svg>zero</li></ul>\n";

}  // namespace

std::map<std::string_view, std::size_t> tensor_indices(const Report& report) {
  std::map<std::string_view, std::size_t> result;
  for (std::size_t i = 0; i < report.tensors.size(); ++i) result.emplace(report.tensors[i].name, i);
  return result;
}

std::string extents_text(const std::vector<std::int32_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

Html all_tensors(const Report& report) {
  Html html;
  if (report.tensors.empty()) return html;
  html.add(
      "<section aria-labelledby=\"tensors\"><h2 id=\"tensors\">Quantized tensors</h2>\n"
      "<p class=\"about\">Float's values on the calibration data, in execution order. Heights are logarithms of "
      "counts, "
      "so that a single value far out can be seen.</p>\n{}"
      "<div class=\"filter\" data-label=\"Find a tensor:\" data-items=\"figure.tensor\"></div>\n<div "
      "class=\"tensors\">\n",
      Html::markup(kLegend));
  for (std::size_t i = 0; i < report.tensors.size(); ++i) add_tensor(html, report.tensors[i], i);
  html.add("</div></section>\n");
  return html;
}

}  // namespace qrun::converter::calibrate
