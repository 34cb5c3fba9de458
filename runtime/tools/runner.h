// Runs all samples and sends what comes out where the options say.

#pragma once

#include <deque>
#include <string>

#include "qrun/qrun.hpp"
#include "runtime/tools/common/output_file.h"
#include "runtime/tools/common/tensor.h"
#include "runtime/tools/options.h"
#include "runtime/tools/ranking.h"
#include "runtime/tools/samples.h"

namespace qrun::tools {

class Runner {
 public:
  // Opens the output files, reads the labels. Throws Failure where that fails. `options` and `model` must outlive it.
  Runner(const Options& options, const Model& model);

  // Once. The output files get their names when the last sample is written. Releases the samples where no measurement
  // loads them again.
  void run(Session& session, Samples& samples);

  // What run() gathered: text for people, or with --json one object per sample; SHA-256 of all outputs.
  const std::string& summary() const { return summary_; }
  const Json& results() const { return results_; }
  const std::string& digest() const { return digest_text_; }

 private:
  // Of sample `index` of the run's.
  void take_outputs(const Session& session, std::size_t index, const std::string& sample_prefix);

  const Options& options_;
  const Model& model_;
  const Ranking ranking_;
  std::deque<OutputFile> files_;  // a deque: they do not move
  Sha256 digest_;
  std::string digest_text_;
  std::string summary_;
  Json results_ = Json::array();
};

}  // namespace qrun::tools
