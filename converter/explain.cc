#include "converter/explain.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "converter/calibrate/comparison.h"
#include "converter/explain_report.h"
#include "converter/refusal.h"
#include "converter/stages.h"

namespace qrun::converter {
namespace {

using calibrate::RangeMethod;

// How much nearer to the real outputs a change must bring the written file's, in dB, to be adopted.
constexpr double kLeastGain = 0.1;
constexpr std::size_t kMostRounds = 4;

std::vector<Trial> other_options(const calibrate::Options& base) {
  std::vector<Trial> trials;
  const auto add = [&](std::string description, std::string option, auto change) {
    Trial trial{std::move(description), std::move(option), base};
    change(trial.options);
    trials.push_back(std::move(trial));
  };
  const std::pair<RangeMethod, const char*> methods[] = {
      {RangeMethod::kMinMax, "the whole range"},
      {RangeMethod::kMovingAverage, "smaller range: what samples reach on average"},
      {RangeMethod::kPercentile, "smaller range: without the outermost values"},
      {RangeMethod::kMse, "smaller range: least squared error"},
      {RangeMethod::kEntropy, "smaller range: least divergence"}};
  for (const auto& [method, description] : methods) {
    if (method == base.range) continue;
    add(description, fmt::format("--range {}", range_method_name(method)),
        [method = method](auto& options) { options.range = method; });
  }
  if (!base.per_channel) {
    add("a weight scale per channel", "--weights per-channel", [](auto& options) { options.per_channel = true; });
  }
  if (!base.equalize) {
    add("equalized channels of neighbouring layers", "--equalize", [](auto& options) { options.equalize = true; });
  }
  if (!base.correct_bias) {
    add("biases that make up for rounded weights", "--correct-bias",
        [](auto& options) { options.correct_bias = true; });
  }
  if (base.symmetric_activations) {
    add("zero points of activations", "--activations asymmetric",
        [](auto& options) { options.symmetric_activations = false; });
  }
  return trials;
}

class Explainer {
 public:
  Explainer(const Source& source, const ConvertOptions& options) : source_(source), options_(options) {}

  // The trials' files, compared with the real network. Those that cannot be made are left out, but not the first.
  std::vector<Trial> measure(std::vector<Trial> trials) {
    std::vector<Trial> measured;
    for (const bool equalize : {trials[0].options.equalize, !trials[0].options.equalize}) {
      std::vector<Trial> group;
      for (Trial& trial : trials) {
        if (trial.options.equalize == equalize && convert(trial, measured.empty() && group.empty())) {
          group.push_back(std::move(trial));
        }
      }
      compare(group, equalize);
      std::ranges::move(group, std::back_inserter(measured));
    }
    return measured;
  }

  const calibrate::Observations& observations(bool equalize) {
    const auto found = observations_.find(equalize);
    if (found != observations_.end()) return found->second;
    const Graph graph = read(equalize);
    const auto samples = open_samples(source_, options_, graph);
    samples_ = samples->count();
    return observations_.emplace(equalize, calibrate::observe(graph, *samples, options_.calibration->progress))
        .first->second;
  }

  Graph read(bool equalize) const {
    Graph graph = read_float(source_, options_);
    calibrate::Options options;
    options.equalize = equalize;
    calibrate::prepare(graph, options);
    return graph;
  }

  std::size_t samples() const { return samples_; }

 private:
  bool convert(Trial& trial, bool is_first) {
    try {
      const calibrate::Observations& seen = observations(trial.options.equalize);
      Graph graph = read(trial.options.equalize);
      calibrate::quantize(graph, seen, trial.options);
      trial.conversion = finish(std::move(graph), source_, options_);
      return true;
    } catch (const Refusal&) {
      if (is_first) throw;
      return false;
    }
  }

  void compare(std::vector<Trial>& trials, bool equalize) const {
    if (trials.empty()) return;
    const Graph graph = read(equalize);
    std::vector<std::vector<std::byte>> files;
    files.reserve(trials.size());
    for (const Trial& trial : trials) files.push_back(trial.conversion.file);
    std::vector<calibrate::Comparison> comparisons =
        calibrate::compare(graph, *open_samples(source_, options_, graph), files, options_.calibration->progress);
    for (std::size_t i = 0; i < trials.size(); ++i) trials[i].comparison = std::move(comparisons[i]);
  }

  const Source& source_;
  const ConvertOptions& options_;
  std::map<bool, calibrate::Observations> observations_;  // by whether the network was equalized
  std::size_t samples_ = 0;
};

// The trial that brings the outputs nearest, if any is nearer than the first by more than it takes.
std::size_t best_of(const std::vector<Trial>& trials) {
  std::size_t best = 0;
  double least = trials[0].comparison.decibels() + kLeastGain;
  for (std::size_t i = 1; i < trials.size(); ++i) {
    if (const double decibels = trials[i].comparison.decibels(); decibels > least) {
      best = i;
      least = decibels;
    }
  }
  return best;
}

}  // namespace

Conversion explain(const Source& source, const ConvertOptions& options) {
  const Calibration& calibration = *options.calibration;
  Explainer explainer(source, options);
  std::vector<Trial> adopted;  // the options given, then each time better ones
  std::vector<Trial> trials;
  for (Trial base{"", "", calibration.options};;) {
    trials = other_options(base.options);
    trials.insert(trials.begin(), std::move(base));
    trials = explainer.measure(std::move(trials));
    adopted.push_back(trials[0]);
    const std::size_t best = calibration.optimize ? best_of(trials) : 0;
    if (best == 0 || adopted.size() == kMostRounds) break;
    base = std::move(trials[best]);
  }
  const Trial& written = adopted.back();
  Conversion result = written.conversion;
  for (std::size_t i = 1; i < adopted.size(); ++i) {
    result.notes.push_back(fmt::format("--optimize adopted {}: the outputs' SQNR rose from {:.1f} to {:.1f} dB",
                                       adopted[i].option, adopted[i - 1].comparison.decibels(),
                                       adopted[i].comparison.decibels()));
  }
  if (calibration.optimize && adopted.size() == 1) {
    result.notes.push_back("--optimize found no option that brings the outputs nearer to the real network's");
  }
  const bool equalize = written.options.equalize;
  result.report =
      make_report(source, options, explainer.read(equalize), explainer.observations(equalize), adopted, trials);
  result.report->samples = explainer.samples();
  result.report->notes = result.notes;
  return result;
}

}  // namespace qrun::converter
