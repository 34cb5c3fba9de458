// The part of qconvert's command line that is about float networks.

#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "converter/convert.h"

namespace qrun::tools {

struct CalibrationOptions {
  std::vector<std::string> data;
  std::string range = "min-max", weights = "per-channel", activations = "asymmetric", fit = "crop";
  double percentile = 99.99;
  std::vector<float> mean, deviation;
  int shorter_side = 0;
  bool full_range = false, equalize = false, correct_bias = false;
  std::vector<std::string> reports;  // paths that end in .html or .json
  std::string optimize;              // "accuracy" or empty

  void declare(CLI::App& app);
  // Nothing where there are no data. Refuses, as wrong usage, options that then mean nothing.
  std::optional<converter::Calibration> calibration(const CLI::App& app) const;
};

}  // namespace qrun::tools
