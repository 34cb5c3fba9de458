#include "converter/tools/calibration_options.h"

#include <memory>

#include "runtime/tools/common/command.h"
#include "runtime/tools/common/progress.h"

namespace qrun::tools {
namespace {

constexpr const char* kGroup = "Float networks";

// Options that say something of calibration, besides the data.
constexpr const char* kDetails[] = {"--range",  "--percentile", "--weights",     "--activations", "--mean",
                                    "--std",    "--resize",     "--fit",         "--full-range",  "--equalize",
                                    "--report", "--optimize",   "--correct-bias"};

// A bar that appears once it is known how many samples there are.
converter::calibrate::Progress progress_bar() {
  const auto bar = std::make_shared<std::unique_ptr<Progress>>();
  return [bar](std::size_t done, std::size_t total) {
    if (*bar == nullptr) *bar = std::make_unique<Progress>(total);
    (*bar)->advance();
    if (done == total) bar->reset();
  };
}

}  // namespace

void CalibrationOptions::declare(CLI::App& app) {
  app.add_option(
         "--calibrate", data,
         "Samples of a float network's inputs, to find the ranges of its activations: .npy or raw files, one for "
         "each input, one .npz, or a folder of images")
      ->type_name("DATA")
      ->group(kGroup);
  app.add_option("--range", range, "How an activation's range follows from its values")
      ->type_name("METHOD")
      ->check(CLI::IsMember({"min-max", "moving-average", "percentile", "mse", "entropy"}))
      ->group(kGroup);
  app.add_option("--percentile", percentile, "What --range percentile keeps at each end")
      ->type_name("P")
      ->check(CLI::Range(50.0, 100.0))
      ->group(kGroup);
  app.add_option("--weights", weights, "Scales of weights")
      ->type_name("per-channel|per-tensor")
      ->check(CLI::IsMember({"per-channel", "per-tensor"}))
      ->group(kGroup);
  app.add_option("--activations", activations, "Zero points of activations: any, or 0")
      ->type_name("asymmetric|symmetric")
      ->check(CLI::IsMember({"asymmetric", "symmetric"}))
      ->group(kGroup);
  app.add_flag("--full-range", full_range, "Weights in [-128, 127] instead of [-127, 127]")->group(kGroup);
  app.add_flag("--equalize", equalize, "Balance the ranges of neighbouring layers' channels first")->group(kGroup);
  app.add_flag("--correct-bias", correct_bias, "Let biases make up for what rounding the weights shifts")
      ->group(kGroup);
  app.add_option("--report", reports,
                 "Write what calibration did to each layer, and what other options would do: .html for people, .json "
                 "for programs; may be given for both")
      ->type_name("FILE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->check([](const std::string& path) {
        return path.ends_with(".html") || path.ends_with(".json") ? "" : "must end in .html or .json";
      })
      ->group(kGroup);
  app.add_option("--optimize", optimize,
                 "Try other options too, and keep those that bring the outputs nearest to float's")
      ->type_name("accuracy")
      ->check(CLI::IsMember({"accuracy"}))
      ->group(kGroup);
  app.add_option("--mean", mean, "What to subtract from pixels of 0 to 255: one, or one per channel")
      ->type_name("M[,M,M]")
      ->delimiter(',')
      ->group(kGroup);
  app.add_option("--std", deviation, "What to divide pixels by then")
      ->type_name("S[,S,S]")
      ->delimiter(',')
      ->group(kGroup);
  app.add_option("--resize", shorter_side, "Scale an image's shorter side to this before its center is cut out")
      ->type_name("PIXELS")
      ->check(CLI::Range(1, 65535))
      ->group(kGroup);
  app.add_option("--fit", fit, "How an image gets the input's size")
      ->type_name("crop|stretch")
      ->check(CLI::IsMember({"crop", "stretch"}))
      ->group(kGroup);
}

std::optional<converter::Calibration> CalibrationOptions::calibration(const CLI::App& app) const {
  if (data.empty()) {
    for (const char* detail : kDetails) {
      if (app.count(detail) > 0) throw wrong_usage(detail, "is about calibration; give --calibrate DATA too");
    }
    return std::nullopt;
  }
  if (app.count("--percentile") > 0 && range != "percentile") {
    throw wrong_usage("--percentile", "is for --range percentile; give that too");
  }
  converter::Calibration result;
  result.data.assign(data.begin(), data.end());
  result.options.range = *converter::calibrate::range_method(range);
  result.options.range_options.percentile = percentile;
  result.options.symmetric_activations = activations == "symmetric";
  result.options.per_channel = weights == "per-channel";
  result.options.weight_range =
      full_range ? converter::calibrate::WeightRange::kFull : converter::calibrate::WeightRange::kNarrow;
  result.options.equalize = equalize;
  result.options.correct_bias = correct_bias;
  result.samples.mean = mean;
  result.samples.deviation = deviation;
  result.samples.shorter_side = shorter_side;
  result.samples.fit = fit == "crop" ? converter::calibrate::Fit::kCrop : converter::calibrate::Fit::kStretch;
  result.report = !reports.empty();
  result.optimize = !optimize.empty();
  result.progress = progress_bar();
  return result;
}

}  // namespace qrun::tools
