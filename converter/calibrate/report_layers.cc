#include <algorithm>
#include <cmath>

#include "converter/calibrate/report_sections.h"
#include "converter/calibrate/report_style.h"
#include "converter/calibrate/report_svg.h"

namespace qrun::converter::calibrate {
namespace {

constexpr std::size_t kFewCards = 3, kMostCards = 12;

// The sections' common knowledge.
struct Context {
  explicit Context(const Report& the_report)
      : report(the_report), lost(losses(the_report)), tensors(tensor_indices(the_report)) {}

  const TensorReport* output(const LayerReport& layer) const {
    const auto found = tensors.find(layer.output);
    return found != tensors.end() ? &report.tensors[found->second] : nullptr;
  }
  // The output's name, linked where it has a histogram.
  Html output_link(const LayerReport& layer, const std::string& text) const {
    const auto found = tensors.find(layer.output);
    if (found == tensors.end()) return Html::of("{}", text);
    return Html::of("<a href=\"#t{}\">{}</a>", found->second, text);
  }

  const Report& report;
  const std::vector<Decibel> lost;
  const std::map<std::string_view, std::size_t> tensors;
};

Html graded(Decibel sqnr) {
  const char* name = grade_class(grade(sqnr));
  if (std::isnan(sqnr)) return Html::of("<span class=\"num\">{}</span>", decibel_text(sqnr));
  return Html::of("<span class=\"num {}-text\">{}</span>", name, decibel_text(sqnr));
}

// ---- Worst first

// "Loses 21.3 dB here: its input has 30.4 dB. Greatest difference: 88.0 steps."
Html origin(const Context& context, std::size_t index) {
  const LayerReport& layer = context.report.layers[index];
  const Decibel loss = context.lost[index];
  Html html;
  if (std::isfinite(loss)) {
    html.add("Loses <strong class=\"num\">{}</strong> here: its {} <span class=\"num\">{}</span>. ", decibel_text(loss),
             layer.inputs.size() > 1 ? "weakest input has" : "input has", decibel_text(layer.sqnr + loss));
  }
  if (!std::isnan(layer.max_difference)) {
    html.add("Greatest difference: <span class=\"num\">{} steps</span>.", real_text(layer.max_difference));
  }
  return html;
}

Html evidence(const Context& context, const LayerReport& layer) {
  Html html;
  if (const TensorReport* tensor = context.output(layer)) {
    const Html drawing = histogram(*tensor, kFull);
    if (!drawing.text().empty()) {
      html.add("<figure>{}<figcaption>{}: {} saturated</figcaption></figure>", drawing,
               context.output_link(layer, "Output's values"), percent_text(tensor->saturated_share));
    }
  }
  const Html channels = channel_ranges(layer.weights);
  if (!channels.text().empty()) {
    html.add("<figure>{}<figcaption>Weights of {} channels: greatest range {} the median's</figcaption></figure>",
             channels, layer.weights.size(), times_text(range_ratio(layer.weights)));
  }
  return html.text().empty() ? Html() : Html::of("<div class=\"evidence\">{}</div>\n", html);
}

void add_remedy(Html& html, const Remedy& remedy) {
  html.add("<tr><td data-l=\"Remedy\">{}</td>", remedy.description);
  if (remedy.option.empty()) {
    html.add("<td></td>");
  } else {
    html.add("<td data-l=\"Option\"><code>{}</code></td>", remedy.option);
  }
  html.add("<td data-l=\"SQNR\"><span class=\"num\">{} &#8594; {}</span>{}</td>", decibel_text(remedy.sqnr_before),
           decibel_text(remedy.sqnr_after), change_bar(remedy.sqnr_before, remedy.sqnr_after));
  const Decibel gain = remedy.sqnr_after - remedy.sqnr_before;
  const char* style = gain > 0 ? "good-text" : gain < 0 ? "weak-text" : "note";
  html.add("<td data-l=\"Change\"><span class=\"num {}\">{}</span>{}</td></tr>\n", style, gain_text(gain),
           remedy.adopted ? Html::of(" <span class=\"adopted\">adopted</span>") : Html());
}

Html remedies(const LayerReport& layer) {
  if (layer.remedies.empty()) return Html::of("<p class=\"note\">No remedy was tried.</p>\n");
  std::vector<Remedy> best_first = layer.remedies;
  std::stable_sort(best_first.begin(), best_first.end(), [](const Remedy& a, const Remedy& b) {
    return !std::isnan(a.sqnr_after) && (std::isnan(b.sqnr_after) || a.sqnr_after > b.sqnr_after);
  });
  Html html;
  html.add(
      "<table class=\"remedies\"><thead><tr><th scope=\"col\">Remedy tried</th><th scope=\"col\">Option</th>"
      "<th scope=\"col\">SQNR of this layer</th><th scope=\"col\">Change</th></tr></thead><tbody>\n");
  for (const Remedy& remedy : best_first) add_remedy(html, remedy);
  html.add("</tbody></table>\n");
  return html;
}

void add_card(Html& html, const Context& context, std::size_t index, std::size_t rank) {
  const LayerReport& layer = context.report.layers[index];
  html.add(
      "<li class=\"card\" id=\"w{}\"><header><h3><span class=\"rank\">{}</span><span>"
      "<a class=\"name\" href=\"#l{}\">{}</a> <span class=\"kind\">{}</span></span></h3>",
      rank, rank, index, layer.name, layer.kind);
  html.add("<span class=\"value\">{}</span>{}</header>\n", graded(layer.sqnr), decibel_bar(layer.sqnr));
  html.add("<p class=\"origin\">{}</p>\n{}{}</li>\n", origin(context, index), evidence(context, layer),
           remedies(layer));
}

// ---- In execution order

Html best_remedy_text(const LayerReport& layer) {
  const Remedy* best = best_remedy(layer);
  if (best == nullptr) return {};
  if (!helps(*best)) return Html::of("<span class=\"note\">none of {} helps</span>", layer.remedies.size());
  Html what = best->option.empty() ? Html::of("{}", best->description) : Html::of("<code>{}</code>", best->option);
  return Html::of("{} &#8594; <span class=\"num\">{}</span>{}", what, decibel_text(best->sqnr_after),
                  best->adopted ? Html::of(" <span class=\"adopted\">adopted</span>") : Html());
}

// For the script, which sorts by it; an unknown number sorts last.
std::string sort_key(double value) {
  if (std::isnan(value)) return {};
  if (std::isinf(value)) return value > 0 ? "1e300" : "-1e300";
  return fmt::format("{:.4g}", value);
}

Html output_cell(const Context& context, const LayerReport& layer) {
  const TensorReport* tensor = context.output(layer);
  if (tensor == nullptr) return Html::of("<code>{}</code>", layer.output);
  const std::string shape = tensor->shape.empty() ? std::string("scalar") : extents_text(tensor->shape);
  Html html;
  if (layer.output != layer.name) html.add("<code>{}</code> ", context.output_link(layer, layer.output));
  html.add("<span class=\"note\">{}</span>{}",
           layer.output != layer.name ? Html::of("{}", shape) : context.output_link(layer, shape),
           histogram(*tensor, kThumbnail));
  return html;
}

void add_row(Html& html, const Context& context, std::size_t index) {
  const LayerReport& layer = context.report.layers[index];
  html.add("<tr id=\"l{}\"><td class=\"num\" data-v=\"{}\">{}</td>", index, index, index + 1);
  html.add("<td><code class=\"name\">{}</code> <span class=\"kind\">{}</span></td>", layer.name, layer.kind);
  html.add("<td data-l=\"Output\">{}</td>", output_cell(context, layer));
  html.add("<td data-l=\"SQNR\" data-v=\"{}\">{}{}</td>", sort_key(layer.sqnr), graded(layer.sqnr),
           std::isnan(layer.sqnr) ? Html() : decibel_bar(layer.sqnr));
  const Decibel loss = context.lost[index];
  html.add("<td class=\"num\" data-l=\"Lost here\" data-v=\"{}\">{}</td>", sort_key(loss),
           loss > kInherited    ? decibel_text(loss)
           : loss <= kInherited ? std::string("0")
                                : std::string());
  html.add("<td class=\"num\" data-l=\"Greatest difference\" data-v=\"{}\">{}</td>", sort_key(layer.max_difference),
           std::isnan(layer.max_difference) ? std::string() : real_text(layer.max_difference) + " steps");
  const double ratio = range_ratio(layer.weights);
  html.add("<td data-l=\"Weight ranges\" data-v=\"{}\">{}{}</td>", sort_key(ratio),
           std::isnan(ratio) ? Html() : Html::of("<span class=\"num\">{}</span>", times_text(ratio)),
           channel_ranges(layer.weights));
  html.add("<td data-l=\"Best remedy\">{}</td></tr>\n", best_remedy_text(layer));
}

}  // namespace

std::vector<std::size_t> layers_with_cards(const Report& report) {
  std::vector<std::size_t> result;
  for (const std::size_t index : worst_first(report)) {
    const LayerReport& layer = report.layers[index];
    const bool good = grade(layer.sqnr) == Grade::kGood && layer.remedies.empty();
    if (result.size() < (good ? kFewCards : kMostCards)) result.push_back(index);
  }
  return result;
}

Html weakest_layers(const Report& report) {
  const Context context(report);
  const std::vector<std::size_t> shown = layers_with_cards(report);
  Html html;
  if (report.layers.empty()) return html;
  html.add("<section aria-labelledby=\"weakest\"><h2 id=\"weakest\">Weakest layers</h2>\n");
  if (shown.empty()) {
    html.add("<p class=\"about\">No layer was measured to lose anything.</p></section>\n");
    return html;
  }
  html.add(
      "<p class=\"about\">Worst first. SQNR is the ratio of signal to quantization error: at 20 dB the error is a "
      "tenth "
      "of the signal, at 40 dB a hundredth. Errors travel on: what counts is what a layer loses itself. Layers that "
      "lose "
      "less than {} dB pass on the errors of others; they stand in the table below.</p>\n<ol class=\"cards\">\n",
      kInherited);
  for (std::size_t i = 0; i < shown.size(); ++i) add_card(html, context, shown[i], i + 1);
  html.add("</ol></section>\n");
  return html;
}

Html all_layers(const Report& report) {
  Html html;
  if (report.layers.empty()) return html;
  const Context context(report);
  html.add(
      "<section aria-labelledby=\"layers\"><h2 id=\"layers\">All layers</h2>\n"
      "<p class=\"about\">In execution order. <em>Lost here</em>: against the weakest input. <em>Greatest "
      "difference</em>: "
      "in steps of the output's scale. <em>Weight ranges</em>: the greatest channel's over the median channel's.</p>\n"
      "<div class=\"filter\" data-label=\"Find a layer:\" data-items=\"table.layers tbody tr\"></div>\n"
      "<table class=\"layers\"><thead><tr>");
  for (const char* title :
       {"#", "Layer", "Output", "SQNR", "Lost here", "Greatest difference", "Weight ranges", "Best remedy"}) {
    html.add("<th scope=\"col\">{}</th>", title);
  }
  html.add("</tr></thead><tbody>\n");
  for (std::size_t i = 0; i < report.layers.size(); ++i) add_row(html, context, i);
  html.add("</tbody></table></section>\n");
  return html;
}

}  // namespace qrun::converter::calibrate
