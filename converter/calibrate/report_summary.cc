#include <cmath>

#include "converter/calibrate/report_sections.h"
#include "converter/calibrate/report_style.h"

namespace qrun::converter::calibrate {
namespace {

constexpr double kGoodShare = 0.99, kFairShare = 0.95;  // of top-1 agreement

Grade grade_of(const Agreement& agreement) {
  if (agreement.top1_samples == 0) return grade(agreement.sqnr);
  const double share = static_cast<double>(agreement.top1_agreeing) / static_cast<double>(agreement.top1_samples);
  return share >= kGoodShare ? Grade::kGood : share >= kFairShare ? Grade::kFair : Grade::kWeak;
}

Grade worst_grade(const Report& report) {
  Grade worst = Grade::kUnmeasured;
  for (const OutputReport& output : report.outputs) {
    const Grade its = grade_of(output.agreement);
    if (its != Grade::kUnmeasured && (worst == Grade::kUnmeasured || its < worst)) worst = its;
  }
  return worst;
}

void add_fact(Html& html, const char* term, const std::string& text, const char* style = "") {
  if (text.empty()) return;
  html.add("<div class=\"{}\"><dt>{}</dt><dd>{}</dd></div>\n", style, term, text);
}

std::string calibration_text(const Report& report) {
  if (report.calibration_data.empty() && report.samples == 0) return {};
  return fmt::format("{}{}{} sample{}", report.calibration_data, report.calibration_data.empty() ? "" : ", ",
                     report.samples, report.samples == 1 ? "" : "s");
}

Html facts(const Report& report) {
  Html html;
  html.add("<dl class=\"facts\">\n");
  add_fact(html, "Calibration data", calibration_text(report));
  add_fact(html, "Ranges of activations", report.methods.activation_range);
  add_fact(html, "Weights' scales", report.methods.weights_per_channel ? "per channel" : "per tensor");
  add_fact(html, "Equalization", report.methods.equalization ? "yes" : "no");
  add_fact(html, "Bias correction", report.methods.bias_correction ? "yes" : "no");
  add_fact(html, "qconvert", report.version);
  add_fact(html, "Source", report.source, "wide");
  add_fact(html, "Source's SHA-256", report.source_sha256, "wide");
  html.add("</dl>\n");
  return html;
}

void add_lines(Html& html, const char* style, const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  html.add("<div class=\"{}\"><strong>{}</strong><ul>\n", style, title);
  for (const std::string& line : lines) html.add("<li>{}</li>\n", line);
  html.add("</ul></div>\n");
}

Html top1(const Agreement& agreement) {
  if (agreement.top1_samples == 0) return {};
  return Html::of(
      "{} of {} ({})", agreement.top1_agreeing, agreement.top1_samples,
      percent_text(static_cast<double>(agreement.top1_agreeing) / static_cast<double>(agreement.top1_samples)));
}

Html cell(const char* label, const Html& now, const Html& before) {
  Html html = Html::of("<td class=\"num\" data-l=\"{}\">{}", label, now);
  if (!before.text().empty()) html.add("<br/><span class=\"note\">was {}</span>", before);
  html.add("</td>");
  return html;
}

Html cosine(const Agreement& agreement) {
  return std::isnan(agreement.cosine) ? Html() : Html::of("{:.5f}", agreement.cosine);
}

Html sqnr(const Agreement& agreement) { return Html::of("{}", decibel_text(agreement.sqnr)); }

}  // namespace

Html summary(const Report& report) {
  Html html;
  html.add("<header>\n<p class=\"kicker\">Calibration report</p>\n<h1 class=\"name\">{}</h1>\n",
           report.model.empty() ? std::string("unnamed network") : report.model);
  html.add("<div class=\"verdict {}\">{}</div>\n", grade_class(worst_grade(report)), verdict(report));
  add_lines(html, "warnings", "Warnings", report.warnings);
  html.add("{}", facts(report));
  add_lines(html, "notes", "Notes", report.notes);
  html.add("</header>\n");
  return html;
}

Html outputs(const Report& report) {
  Html html;
  if (report.outputs.empty()) return html;
  html.add(
      "<section aria-labelledby=\"outputs\"><h2 id=\"outputs\">Outputs against float</h2>\n"
      "<p class=\"about\">The integer runtime's own outputs on the calibration data, compared with the float "
      "network's.</p>\n"
      "<table class=\"outputs\"><thead><tr><th scope=\"col\">Output</th><th scope=\"col\">Top-1 agrees</th>"
      "<th scope=\"col\">SQNR</th><th scope=\"col\">Cosine similarity</th></tr></thead><tbody>\n");
  for (const OutputReport& output : report.outputs) {
    const Agreement& now = output.agreement;
    const bool changed = output.before_optimize.has_value();
    const Agreement before = output.before_optimize.value_or(Agreement());
    html.add("<tr><td><code>{}</code>", output.name);
    if (changed) html.add("<br/><span class=\"note\">in grey: without --optimize</span>");
    html.add("</td>{}{}{}</tr>\n", cell("Top-1 agrees", top1(now), top1(before)),
             cell("SQNR", sqnr(now), changed ? sqnr(before) : Html()),
             cell("Cosine similarity", cosine(now), cosine(before)));
  }
  html.add("</tbody></table></section>\n");
  return html;
}

}  // namespace qrun::converter::calibrate
