#include "converter/calibrate/report_html.h"

#include <algorithm>

#include "converter/calibrate/report_sections.h"
#include "converter/calibrate/report_style.h"
#include "converter/calibrate/report_svg.h"

namespace qrun::converter::calibrate {
namespace {

// The weakest layers' ranks over their bars, linked to their cards.
Html places(const Report& report) {
  constexpr std::size_t kMost = 5;
  const std::vector<std::size_t> worst = layers_with_cards(report);
  Html html;
  for (std::size_t rank = 0; rank < std::min(kMost, worst.size()); ++rank) {
    const double sqnr = std::clamp(report.layers[worst[rank]].sqnr, 0.0, kDecibelScale);
    const double left = (static_cast<double>(worst[rank]) + 0.5) / static_cast<double>(report.layers.size());
    html.add("<a href=\"#w{}\" style=\"left:{:.2f}%;bottom:{:.1f}%\" aria-label=\"Weakest layer {}\">{}</a>", rank + 1,
             100 * left, 100 * sqnr / kDecibelScale, rank + 1, rank + 1);
  }
  return html;
}

// Where along the network the error enters, at one glance.
Html overview(const Report& report) {
  Html html;
  if (report.layers.empty()) return html;
  html.add("<section aria-labelledby=\"profile\"><h2 id=\"profile\">SQNR along the network</h2>\n");
  html.add(
      "<p class=\"about\">One bar a layer, in execution order; higher is better. Where it steps down, an error "
      "enters.</p>\n<figure class=\"profile\"><div class=\"scale\" aria-hidden=\"true\">");
  for (const Decibel line : {kDecibelScale, kGoodFrom, kFairFrom, 0.0}) {
    html.add("<span style=\"top:{:.1f}%\">{:.0f} dB</span>", 100 * (1 - line / kDecibelScale), line);
  }
  html.add("</div><div class=\"plot\">{}{}</div><div class=\"ends\"><span>layer 1</span><span>layer {}</span></div>",
           profile(report.layers), places(report), report.layers.size());
  html.add("<figcaption>The table of all layers has these figures.</figcaption></figure></section>\n");
  return html;
}

void add_link(Html& html, const char* target, const char* title, bool exists) {
  if (exists) html.add("<a href=\"#{}\">{}</a>\n", target, title);
}

Html navigation(const Report& report) {
  Html html;
  html.add("<nav aria-label=\"Sections\">\n");
  add_link(html, "outputs", "Outputs", !report.outputs.empty());
  add_link(html, "profile", "Along the network", !report.layers.empty());
  add_link(html, "weakest", "Weakest layers", !report.layers.empty());
  add_link(html, "layers", "All layers", !report.layers.empty());
  add_link(html, "tensors", "Tensors", !report.tensors.empty());
  html.add("</nav>\n");
  return html;
}

// The page may load nothing and run one script: whatever a name manages to be, the browser refuses it.
Html head(const Report& report) {
  return Html::of(
      "<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
      "<title>Calibration of {}</title>\n<style>{}</style>\n</head>\n",
      Html::markup(kScriptDigest), report.model, Html::markup(kStyle));
}

}  // namespace

std::string report_html(const Report& report) {
  Html page;
  page.add("<!DOCTYPE html>\n<html lang=\"en\">\n{}<body>\n<main>\n", head(report));
  page.add("{}{}{}{}", summary(report), navigation(report), outputs(report), overview(report));
  page.add("{}{}{}</main>\n", weakest_layers(report), all_layers(report), all_tensors(report));
  page.add("<footer>Written by qconvert{}{}.</footer>\n<script>{}</script>\n</body>\n</html>\n",
           report.version.empty() ? "" : " ", report.version, Html::markup(kScript));
  return page.text();
}

}  // namespace qrun::converter::calibrate
