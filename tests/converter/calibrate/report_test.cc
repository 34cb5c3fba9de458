// The calibration report: what is derived, and what both writers make of it.

#include "converter/calibrate/report.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "converter/calibrate/html.h"
#include "converter/calibrate/report_html.h"
#include "converter/calibrate/report_json.h"
#include "converter/calibrate/report_style.h"
#include "example_report.h"
#include "page_checks.h"
#include "qrun/qrun.h"

namespace qrun::converter::calibrate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

LayerReport layer(const std::string& name, Decibel sqnr, std::vector<std::string> inputs = {}) {
  LayerReport result;
  result.name = result.output = name;
  result.kind = "Conv";
  result.sqnr = sqnr;
  result.inputs = std::move(inputs);
  return result;
}

Report report_of(std::vector<LayerReport> layers) {
  Report report;
  report.layers = std::move(layers);
  return report;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t result = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++result;
  return result;
}

// ---- Derived

TEST(CalibrationReport, ALossIsAgainstTheWeakestInput) {
  const Report report = report_of({layer("a", 40), layer("b", 25, {"image"}), layer("sum", 22, {"a", "b"}),
                                   layer("exact", kInfinite, {"a"}), layer("last", 20, {"exact"})});
  const std::vector<Decibel> lost = losses(report);
  EXPECT_TRUE(std::isnan(lost[0]));
  EXPECT_TRUE(std::isnan(lost[1]));
  EXPECT_EQ(lost[2], 3);
  EXPECT_TRUE(std::isnan(lost[4]));
}

TEST(CalibrationReport, WorstFirstLeavesOutHeirsAndWhatIsExactOrUnmeasured) {
  const Report report = report_of({layer("a", 40), layer("bad", 10, {"a"}), layer("reshape", 10, {"bad"}),
                                   layer("unmeasured", kUnknown, {"a"}), layer("exact", kInfinite, {"a"}),
                                   layer("worse", 5, {"a"}), layer("mends", 12, {"bad"})});
  EXPECT_THAT(worst_first(report), ElementsAre(5, 1, 0));
}

TEST(CalibrationReport, WorstIsWhatAddsMostNoiseNotWhatHasMost) {
  const Report report = report_of(
      {layer("a", 40), layer("broken", 3, {"a"}), layer("helper", kUnknown, {"broken"}), layer("last", 2, {"helper"})});
  EXPECT_NEAR(losses(report)[3], 1, 1e-9) << "what is not measured passes on its input's error";
  EXPECT_THAT(worst_first(report), ElementsAre(1, 3, 0));
}

TEST(CalibrationReport, WhereFloatHasNoSignalNothingIsLost) {
  const Report report = report_of({layer("a", 40), layer("dead", -kInfinite, {"a"})});
  EXPECT_THAT(worst_first(report), ElementsAre(0));
  EXPECT_EQ(markup_error(report_html(report)), "");
}

TEST(CalibrationReport, RangeRatioIsAgainstTheMedianChannel) {
  EXPECT_EQ(range_ratio({{-1, 0.5}, {-0.25, 2}, {-8, 1}}), 4);
  EXPECT_EQ(range_ratio({{-1, 0}, {0, 3}}), 1.5);
  EXPECT_TRUE(std::isnan(range_ratio({})));
  EXPECT_TRUE(std::isnan(range_ratio({{0, 0}, {0, 0}, {-1, 1}})));
}

TEST(CalibrationReport, TheVerdictNamesTheWeakestLayerAndItsBestRemedy) {
  Report report = report_of({layer("x", 9.1)});
  report.outputs = {{"scores", {30, 0.99, 196, 200}, std::nullopt}};
  report.layers[0].remedies = {{"percentile", "--range percentile", 9.1, 20, false},
                               {"least squares", "--range mse", 9.1, 24, false}};
  EXPECT_EQ(
      verdict(report),
      "Top-1 agrees with float on 196 of 200 samples; the weakest layer is 'x' with 9.1 dB; --range mse raises it "
      "to 24.0 dB.");
  report.outputs[0].before_optimize = report.outputs[0].agreement;
  EXPECT_THAT(verdict(report), HasSubstr("; --range mse raises it to 24.0 dB, but brings the outputs no nearer."));
  report.layers[0].sqnr = 24;
  report.layers[0].remedies[1].adopted = true;
  EXPECT_EQ(verdict(report),
            "Top-1 agrees with float on 196 of 200 samples; the weakest layer is 'x' with 24.0 dB; --range mse has "
            "raised it from 9.1 to 24.0 dB.");
  report.layers[0].remedies = {{"least squares", "--range mse", 24, 24.2, false}};
  EXPECT_THAT(verdict(report), HasSubstr("; no remedy that was tried helps it."));
}

TEST(CalibrationReport, TheVerdictOfOutputsThatAreNoClasses) {
  Report report;
  EXPECT_EQ(verdict(report), "Nothing was measured.");
  report.outputs = {{"mask", {31.25, 0.99, 0, 0}, std::nullopt}};
  EXPECT_EQ(verdict(report), "The output has 31.2 dB.");
  report.outputs.push_back({"boxes", {28, 0.99, 0, 0}, std::nullopt});
  EXPECT_EQ(verdict(report), "The weakest output is 'boxes' with 28.0 dB.");
  report.outputs = {{"copy", {kInfinite, 1, 0, 0}, std::nullopt}};
  EXPECT_EQ(verdict(report), "The output has no error.");
}

// ---- JSON

TEST(CalibrationReportJson, RoundTrip) {
  const Report report = example_report(20);
  const auto json = nlohmann::ordered_json::parse(report_json(report));
  EXPECT_EQ(json["version"], kReportVersion);
  EXPECT_EQ(json["verdict"], verdict(report));
  EXPECT_EQ(json["methods"]["weights"], "per channel");
  EXPECT_EQ(json["calibration"]["samples"], 200);
  EXPECT_EQ(json["outputs"][0]["top1"]["agreeing"], 196);
  EXPECT_EQ(json["outputs"][0]["before_optimize"]["top1"]["agreeing"], 171);
  ASSERT_EQ(json["layers"].size(), report.layers.size());
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    const LayerReport& expected = report.layers[i];
    const auto& found = json["layers"][i];
    EXPECT_EQ(found["name"], expected.name);
    EXPECT_EQ(found["sqnr_db"].get<double>(), expected.sqnr);
    ASSERT_EQ(found["remedies"].size(), expected.remedies.size());
    ASSERT_EQ(found["weight_ranges"].size(), expected.weights.size());
    for (std::size_t k = 0; k < expected.weights.size(); ++k) {
      EXPECT_EQ(found["weight_ranges"][k][0].get<double>(), expected.weights[k].min);
      EXPECT_EQ(found["weight_ranges"][k][1].get<double>(), expected.weights[k].max);
    }
  }
  ASSERT_EQ(json["tensors"].size(), report.tensors.size());
  for (std::size_t i = 0; i < report.tensors.size(); ++i) {
    EXPECT_EQ(json["tensors"][i]["scale"].get<double>(), report.tensors[i].scale);
    EXPECT_EQ(json["tensors"][i]["shape"].get<std::vector<std::int32_t>>(), report.tensors[i].shape);
    EXPECT_EQ(json["tensors"][i]["histogram"]["counts"].get<std::vector<std::uint64_t>>(),
              report.tensors[i].histogram.counts);
  }
}

TEST(CalibrationReportJson, MembersKeepTheirOrder) {
  const auto json = nlohmann::ordered_json::parse(report_json(example_report(2)));
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("version", "verdict", "model", "source", "source_sha256", "qconvert", "calibration",
                                "methods", "warnings", "notes", "outputs", "layers", "tensors"));
  keys.clear();
  for (const auto& [key, value] : json["layers"][0].items()) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("name", "kind", "output", "inputs", "sqnr_db", "loss_db", "max_difference_steps",
                                "remedies", "weight_range_ratio", "weight_ranges"));
}

TEST(CalibrationReportJson, WhatIsNoNumberInJson) {
  const Report report = report_of({layer("a", kInfinite), layer("b", -kInfinite), layer("c", kUnknown)});
  const auto json = nlohmann::ordered_json::parse(report_json(report));
  EXPECT_EQ(json["layers"][0]["sqnr_db"], "inf");
  EXPECT_EQ(json["layers"][1]["sqnr_db"], "-inf");
  EXPECT_TRUE(json["layers"][2]["sqnr_db"].is_null());
}

TEST(CalibrationReportJson, AnyBytesMakeAName) {
  Report report = report_of({layer("\xFF\"\\\n</script>", 20)});
  const auto json = nlohmann::ordered_json::parse(report_json(report));
  EXPECT_EQ(json["layers"][0]["name"], "\xEF\xBF\xBD\"\\\n</script>");
}

TEST(CalibrationReportJson, AnEmptyReport) {
  const auto json = nlohmann::ordered_json::parse(report_json(Report()));
  EXPECT_EQ(json["version"], 1);
  EXPECT_EQ(json["layers"], nlohmann::ordered_json::array());
  EXPECT_EQ(json["warnings"], nlohmann::ordered_json::array());
}

// ---- HTML

TEST(CalibrationReportHtml, IsWellFormed) {
  for (const std::size_t layers : {0U, 1U, 2U, 40U}) EXPECT_EQ(markup_error(report_html(example_report(layers))), "");
  EXPECT_EQ(markup_error(report_html(Report())), "");
  EXPECT_EQ(markup_error(report_html(report_of({layer("", kUnknown)}))), "");
}

TEST(CalibrationReportHtml, OfGoodLayersOnlyTheWeakestFewHaveCards) {
  Report report = report_of({layer("a", 40), layer("b", 35), layer("c", 38), layer("d", 36), layer("e", 31)});
  EXPECT_EQ(count(report_html(report), "class=\"card\""), 3U);
  EXPECT_EQ(markup_error(report_html(report)), "");
  report.layers[0].remedies = {{"equalized", "--equalize", 39, 40, true}};
  EXPECT_EQ(count(report_html(report), "class=\"card\""), 4U);
  report.layers[1].sqnr = 29;
  report.layers[2].sqnr = 12;
  report.layers[3].sqnr = 5;
  EXPECT_EQ(count(report_html(report), "class=\"card\""), 4U);
}

TEST(CalibrationReportHtml, TheCheckItselfFindsFaults) {
  EXPECT_NE(markup_error("<!DOCTYPE html>\n<p><b>x</p></b>"), "");
  EXPECT_NE(markup_error("<!DOCTYPE html>\n<p>x"), "");
  EXPECT_NE(markup_error("<!DOCTYPE html>\n<p class=a>x</p>"), "");
  EXPECT_NE(markup_error("<!DOCTYPE html>\n<p>a & b</p>"), "");
  EXPECT_NE(markup_error("<!DOCTYPE html>\n<p id=\"a\">a</p><p id=\"a\">b</p>"), "");
  EXPECT_NE(markup_error("<!DOCTYPE html>\n<a href=\"#b\">a</a>"), "");
}

TEST(CalibrationReportHtml, LoadsNothing) {
  const std::string page = report_html(example_report(20));
  for (const char* part : {"http:", "https:", "src=", "<link", "@import", "url(", "<iframe", "<img", "//"}) {
    EXPECT_EQ(page.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(count(page, "<script>"), 1U);
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST(CalibrationReportHtml, TheSameReportGivesTheSameBytes) {
  EXPECT_EQ(report_html(example_report(5)), report_html(example_report(5)));
}

TEST(CalibrationReportHtml, HostileNamesAreText) {
  const std::string hostile = "</style></title><script>alert(1)</script><img src=x onerror='a' a=\"b\">&amp;{}%s";
  Report report = example_report(3);
  report.model = report.source = report.source_sha256 = report.version = report.calibration_data = hostile;
  report.methods.activation_range = hostile;
  report.warnings = report.notes = {hostile};
  report.outputs[0].name = hostile;
  for (LayerReport& each : report.layers) {
    each.name = each.kind = each.output = hostile;
    each.inputs = {hostile};
    each.remedies = {{hostile, hostile, 1, 2, true}, {hostile, hostile, kUnknown, kUnknown, false}};
  }
  for (TensorReport& tensor : report.tensors) tensor.name = hostile;
  const std::string page = report_html(report);
  EXPECT_EQ(markup_error(page), "");
  EXPECT_EQ(count(page, "<script>"), 1U);
  EXPECT_EQ(count(page, "</script>"), 1U);
  EXPECT_EQ(count(page, "<img"), 0U);
  EXPECT_THAT(page, HasSubstr("&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;a&#39; "
                              "a=&quot;b&quot;&gt;&amp;amp;{}%s"));
}

TEST(CalibrationReportHtml, BytesThatAreNoTextAreReplaced) {
  const std::string replaced = "\xEF\xBF\xBD";
  EXPECT_EQ(escaped("gr\xC3\xBC\xC3\x9F \xE6\xB7\xB1\xF0\x9F\x99\x82"),
            "gr\xC3\xBC\xC3\x9F \xE6\xB7\xB1\xF0\x9F\x99\x82");
  EXPECT_EQ(escaped("a\xFFz"), "a" + replaced + "z");
  EXPECT_EQ(escaped("\xC3"), replaced);                                               // cut off
  EXPECT_EQ(escaped("\xC0\xBC"), replaced + replaced);                                // '<' in two bytes
  EXPECT_EQ(escaped("\xE0\x80\xBC"), replaced + replaced + replaced);                 // and in three
  EXPECT_EQ(escaped("\xED\xA0\x80"), replaced + replaced + replaced);                 // a surrogate
  EXPECT_EQ(escaped("\xF4\x90\x80\x80"), replaced + replaced + replaced + replaced);  // beyond U+10FFFF
  EXPECT_EQ(escaped(std::string_view("a\0\x1B[2J\n\x7F", 7)),
            "a" + replaced + replaced + "[2J" + replaced);  // controls, the last byte cut
  EXPECT_EQ(escaped("\xE2\x80\xAEx"), replaced + "x");      // from right to left
  EXPECT_EQ(escaped("\xEF\xBF\xBE"), replaced);             // a noncharacter
}

TEST(CalibrationReportHtml, WorstLayersFirstThenExecutionOrder) {
  const std::string page =
      report_html(report_of({layer("first", 12), layer("second", 25), layer("third", 3), layer("fourth", 18)}));
  const std::size_t weakest = page.find("id=\"weakest\""), all = page.find("id=\"layers\"");
  ASSERT_LT(weakest, all);
  const std::string cards = page.substr(weakest, all - weakest), table = page.substr(all);
  EXPECT_LT(cards.find(">third<"), cards.find(">first<"));
  EXPECT_LT(cards.find(">first<"), cards.find(">fourth<"));
  EXPECT_LT(cards.find(">fourth<"), cards.find(">second<"));
  EXPECT_LT(table.find(">first<"), table.find(">second<"));
  EXPECT_LT(table.find(">second<"), table.find(">third<"));
}

TEST(CalibrationReportHtml, RemediesShowWhatTheyDid) {
  Report report = report_of({layer("x", 9.1)});
  report.layers[0].remedies = {{"equalized", "--equalize", 9.1, 8.6, false}, {"mse", "--range mse", 9.1, 24, true}};
  const std::string page = report_html(report);
  EXPECT_LT(page.find("<code>--range mse</code>"), page.find("<code>--equalize</code>"));
  EXPECT_THAT(page, HasSubstr("9.1 dB &#8594; 24.0 dB"));
  EXPECT_THAT(page, HasSubstr("+14.9 dB"));
  EXPECT_THAT(page, HasSubstr("-0.5 dB"));
  EXPECT_EQ(count(page, ">adopted<"), 2U);  // in the card and in the table
}

TEST(CalibrationReportHtml, SaturatedPartsAreDrawnApart) {
  Report report;
  TensorReport tensor;
  tensor.name = "t";
  tensor.histogram = {0, 8, {9, 9, 9, 9}};
  tensor.chosen = {0, 5};  // within the third bin
  report.tensors = {tensor};
  // Of 640 units: three bins end at 480, the range at 400.
  std::string page = report_html(report);
  EXPECT_THAT(page, HasSubstr("<path class=\"inside\" d=\"M0 96V0H160V0H320V0H400V96z\"/>"));
  EXPECT_THAT(page, HasSubstr("<path class=\"outside\" d=\"M400 96V0H480V0H640V96z\"/>"));
  report.tensors[0].chosen = {-8, 8};
  page = report_html(report);
  EXPECT_THAT(page, HasSubstr("<path class=\"inside\" d=\"M320 96"));
  EXPECT_THAT(page, Not(HasSubstr("\"outside\" d=\"M4")));
}

TEST(CalibrationReportHtml, HistogramsThatAreNone) {
  const double huge = std::numeric_limits<double>::max();
  for (const Distribution& histogram :
       {Distribution{}, Distribution{0, 1, {}}, Distribution{kUnknown, 1, {1}}, Distribution{2, 1, {1}},
        Distribution{0, kInfinite, {1}}, Distribution{-huge, huge, {1}}, Distribution{3, 3, {7}},
        Distribution{0, 0, {7, 0}}, Distribution{0, 1, {0, 0}},
        Distribution{0, 1, std::vector<std::uint64_t>(1001, 1)}}) {
    Report report;
    for (const Interval& chosen :
         {Interval{}, Interval{0, 0}, Interval{5, -5}, Interval{-kInfinite, kInfinite}, Interval{-huge, huge}}) {
      TensorReport tensor;
      tensor.histogram = histogram;
      tensor.chosen = chosen;
      report.tensors.push_back(tensor);
    }
    const std::string page = report_html(report);
    EXPECT_EQ(markup_error(page), "");
    EXPECT_THAT(page, Not(HasSubstr("nan")));
  }
}

TEST(CalibrationReportHtml, ExtremeNumbersAreDrawn) {
  Report report = report_of({layer("a", -kInfinite), layer("b", -30), layer("c", 1e9), layer("d", kInfinite)});
  for (LayerReport& each : report.layers) {
    each.remedies = {{"r", "--r", -kInfinite, kInfinite, false}, {"s", "--s", kUnknown, 3, false}};
    each.weights = {{-kInfinite, kInfinite}, {kUnknown, kUnknown}, {1, 2}};
    each.max_difference = kInfinite;
  }
  EXPECT_EQ(markup_error(report_html(report)), "");
}

TEST(CalibrationReportHtml, LargeReportsStayUnderTwoMegabytes) {
  const Report report = example_report(300);
  ASSERT_EQ(report.tensors.size(), 301U);
  EXPECT_LT(report_html(report).size(), 2'000'000U);
}

TEST(CalibrationReportHtml, ThePageAllowsItsOwnScript) {
  const std::string script = kScript;
  EXPECT_EQ(script.find_first_of("<&"), std::string::npos);
  qrun_sha256_state state;
  std::array<std::uint8_t, 32> digest;
  qrun_sha256_begin(&state);
  qrun_sha256_update(&state, script.data(), script.size());
  qrun_sha256_end(&state, digest.data());
  EXPECT_EQ(base64(digest), kScriptDigest);
}

TEST(CalibrationReportHtml, TextHasContrastInBothSchemes) {
  const std::string style = kStyle;
  const std::size_t dark = style.find("prefers-color-scheme: dark");
  for (const std::string& scheme : {style.substr(0, dark), style.substr(dark)}) {
    for (const char* text : {"--text", "--muted", "--link", "--clip", "--weak", "--fair", "--good"}) {
      EXPECT_GE(contrast(color(scheme, text), color(scheme, "--page")), 4.5) << text;
      EXPECT_GE(contrast(color(scheme, text), color(scheme, "--card")), 4.5) << text;
    }
    // Drawings need 3.
    EXPECT_GE(contrast(color(scheme, "--inside"), color(scheme, "--card")), 3) << scheme;
  }
}

}  // namespace
}  // namespace qrun::converter::calibrate
