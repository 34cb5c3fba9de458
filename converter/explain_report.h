// The report of what explain() measured.

#pragma once

#include <string>
#include <vector>

#include "converter/calibrate/comparison.h"
#include "converter/convert.h"

namespace qrun::converter {

// Options, the file that they make, and how near that is to the real network.
struct Trial {
  std::string description, option;  // of what differs; as Remedy's
  calibrate::Options options;
  Conversion conversion = {};
  calibrate::Comparison comparison = {};
};

// `graph` is the real network as the written trial saw it, `adopted` the options given and then those that replaced
// them, the last of which is written; `trials` begin with the written one too, and have what else was tried.
calibrate::Report make_report(const Source& source, const ConvertOptions& options, const Graph& graph,
                              const calibrate::Observations& seen, const std::vector<Trial>& adopted,
                              const std::vector<Trial>& trials);

}  // namespace qrun::converter
