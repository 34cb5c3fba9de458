// What the calibration of a float network found, for whoever asks "my accuracy dropped, where?".
//
// The calibration fills a Report; report_json.h writes it for programs and report_html.h for people. What is derived
// from it (which layers are the weakest, where the error enters, the verdict) is derived here, so that both agree.
// The lists may be empty, and a real number that nobody measured stays kUnknown: both writers leave it out.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace qrun::converter::calibrate {

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// Signal to quantization noise: 10 log10(sum of float^2 / sum of (float - integer's real)^2), over all samples.
// Infinite where the two are equal. At 20 dB the error is a tenth of the signal (root mean square), at 40 dB a
// hundredth. Of a layer whose output is not the network's, each channel is measured against its own signal
// (ChannelSignalToNoise in accuracy.h), because the next layer's weights may make much of a small channel.
using Decibel = double;

struct Interval {
  double min = kUnknown, max = kUnknown;
};

// counts[i] values lie in [lo + i * w, lo + (i + 1) * w), w = (hi - lo) / counts.size(); the last bin includes hi.
struct Distribution {
  double lo = kUnknown, hi = kUnknown;
  std::vector<std::uint64_t> counts;  // 64 to 128 are plenty; the page draws 128 at most
};

struct TensorReport {
  std::string name;
  std::vector<std::int32_t> shape;
  double scale = kUnknown;
  std::int64_t zero_point = 0;
  Interval observed;  // of float's values on the calibration data
  Interval chosen;    // the real values of the least and the greatest integer: beyond them values saturate
  Distribution histogram;
  double saturated_share = kUnknown;  // of the values, in [0, 1]; so is zero_share
  double zero_share = kUnknown;
  double mean = kUnknown, standard_deviation = kUnknown;
};

// Something that was tried to make one layer better.
struct Remedy {
  std::string description;  // "smaller range: least squared error"
  std::string option;       // what to pass to qconvert: "--range mse"; empty where there is no option for it
  Decibel sqnr_before = kUnknown, sqnr_after = kUnknown;  // of that layer's output
  bool adopted = false;                                   // the written file has it
};

struct LayerReport {
  std::string name, kind;  // kind: the source's word for the operator
  std::string output;      // the tensor that it writes, as in TensorReport::name
  std::vector<std::string>
      inputs;               // the tensors that it reads, constants aside: tells an error's origin from its heirs
  Decibel sqnr = kUnknown;  // the integer runtime's own output against float's
  double max_difference = kUnknown;  // max |float - integer's real| in steps: divided by the output's scale
  std::vector<Remedy> remedies;
  std::vector<Interval> weights;  // per output channel; empty where there are none
};

// How one output of the network compares with float's.
struct Agreement {
  Decibel sqnr = kUnknown;
  double cosine = kUnknown;                         // similarity, the mean over the samples
  std::size_t top1_agreeing = 0, top1_samples = 0;  // none: not a classifier's output
};

struct OutputReport {
  std::string name;
  Agreement agreement;                       // of the written file
  std::optional<Agreement> before_optimize;  // where --optimize was given: without it
};

struct Methods {
  std::string activation_range;  // as the option is spelled: "minmax", "mse", "percentile 99.99"
  bool weights_per_channel = true;
  bool equalization = false;
  bool bias_correction = false;
};

struct Report {
  std::string model;                  // its name
  std::string source, source_sha256;  // the file and its SHA-256 in hex
  std::string version;                // qconvert's
  std::string calibration_data;       // what it was calibrated with: a path
  std::size_t samples = 0;            // of it
  Methods methods;
  std::vector<std::string> warnings, notes;  // one line each
  std::vector<OutputReport> outputs;
  std::vector<LayerReport> layers;    // in execution order
  std::vector<TensorReport> tensors;  // quantized ones, in execution order; where names repeat, links go to the first
};

// ---- Derived

enum class Grade : std::uint8_t { kUnmeasured, kWeak, kFair, kGood };
inline constexpr Decibel kFairFrom = 20, kGoodFrom = 30;
Grade grade(Decibel sqnr);

// Per layer: how many dB its output has less than the worst of its inputs; kUnknown where no layer that was measured,
// and was not exact, writes one. A layer that was not measured counts as having what it reads. Below 0 where the layer
// averages errors away.
std::vector<Decibel> losses(const Report& report);
// A layer that loses less is an heir: it passes on the error of others.
inline constexpr Decibel kInherited = 0.5;

// Indices of layers, that first which adds most noise to what it reads, as a share of the signal, then in execution
// order: without what is exact, unmeasured or an heir.
std::vector<std::size_t> worst_first(const Report& report);

// The remedy with the highest SQNR after it, if any was measured.
const Remedy* best_remedy(const LayerReport& layer);
// Whether it is worth its option: half a dB.
bool helps(const Remedy& remedy);
// "--range mse raises it to 24.0 dB", of the layer's best remedy; empty where none was measured.
std::string remedy_text(const LayerReport& layer);

// max |weight| of the greatest channel over that of the median channel: high where one scale for all is too coarse for
// most. kUnknown without weights, or where the median channel is all zeros.
double range_ratio(const std::vector<Interval>& weights);

// The report in one sentence: "Top-1 agrees with float on 196 of 200 samples; the weakest layer is 'x' with 9.1 dB;
// --range mse raises it to 24.0 dB." Names are as the source has them, hostile ones included.
std::string verdict(const Report& report);

}  // namespace qrun::converter::calibrate
