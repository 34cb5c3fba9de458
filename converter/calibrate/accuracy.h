// How near a quantized network's tensors are to the real ones, added up sample by sample.
//
// Every add() takes as many values of the one as of the other and refuses anything else, and values that are not
// finite.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace qrun::converter::calibrate {

// Signal-to-quantization-noise ratio.
class SignalToNoise {
 public:
  void add(std::span<const float> reference, std::span<const float> actual);
  void merge(const SignalToNoise& other);

  double signal() const { return signal_; }  // sum of reference^2
  double noise() const { return noise_; }    // sum of (actual - reference)^2

  // 10 log10(signal / noise). +infinity where nothing differs, also where all is zero or nothing was added; -infinity
  // where the reference is zero and the other is not.
  double decibels() const;

 private:
  double signal_ = 0, noise_ = 0;
};

// The same, with each channel (the last dimension) measured against its own signal: the mean over the channels of
// noise / signal, at most 1 each, turned into decibels. A great channel does not hide that small ones are lost, which
// the next layer's weights may make great again. Channels that are zero in both do not count.
class ChannelSignalToNoise {
 public:
  explicit ChannelSignalToNoise(std::size_t channels) : signal_(channels), noise_(channels) {}
  void add(std::span<const float> reference, std::span<const float> actual);  // whole rows of channels

  double decibels() const;  // +infinity where nothing differs; at least 0

 private:
  std::vector<double> signal_, noise_;
};

// The cosine of the angle between both, seen as one vector each over all that was added.
class CosineSimilarity {
 public:
  void add(std::span<const float> reference, std::span<const float> actual);
  void merge(const CosineSimilarity& other);

  // In [-1, 1]. 1 where both are zero or nothing was added, 0 where one is.
  double value() const;

 private:
  double product_ = 0, reference_squares_ = 0, actual_squares_ = 0;
};

// For how many samples both say the same: the index of their greatest value, of equals the first.
class TopAgreement {
 public:
  // One sample's scores, one at least.
  void add(std::span<const float> reference, std::span<const float> actual);
  void merge(const TopAgreement& other);

  std::uint64_t samples() const { return samples_; }
  std::uint64_t agreeing() const { return agreeing_; }
  double fraction() const;  // 1 where nothing was added

 private:
  std::uint64_t samples_ = 0, agreeing_ = 0;
};

}  // namespace qrun::converter::calibrate
