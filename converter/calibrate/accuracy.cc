#include "converter/calibrate/accuracy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

void check(std::span<const float> reference, std::span<const float> actual) {
  if (reference.size() != actual.size()) {
    refuse("it has {} values where the reference has {}; compare tensors of one shape", actual.size(),
           reference.size());
  }
  for (const std::span<const float> values : {reference, actual}) {
    const auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
    if (bad == values.end()) continue;
    refuse("its element {} is {}; look for an overflow or a bad sample", bad - values.begin(), *bad);
  }
}

std::ptrdiff_t top(std::span<const float> scores) {
  return std::max_element(scores.begin(), scores.end()) - scores.begin();
}

}  // namespace

void SignalToNoise::add(std::span<const float> reference, std::span<const float> actual) {
  check(reference, actual);
  SignalToNoise part;  // sums of sums lose less than one long sum
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const auto real = static_cast<double>(reference[i]);
    const double difference = static_cast<double>(actual[i]) - real;
    part.signal_ += real * real;
    part.noise_ += difference * difference;
  }
  merge(part);
}

void SignalToNoise::merge(const SignalToNoise& other) {
  signal_ += other.signal_;
  noise_ += other.noise_;
}

double SignalToNoise::decibels() const {
  if (noise_ == 0) return std::numeric_limits<double>::infinity();
  if (signal_ == 0) return -std::numeric_limits<double>::infinity();
  return 10 * (std::log10(signal_) - std::log10(noise_));
}

void ChannelSignalToNoise::add(std::span<const float> reference, std::span<const float> actual) {
  check(reference, actual);
  if (signal_.empty() || reference.size() % signal_.size() != 0) {
    refuse("its {} values are not whole rows of {} channels", reference.size(), signal_.size());
  }
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const auto real = static_cast<double>(reference[i]);
    const double difference = static_cast<double>(actual[i]) - real;
    signal_[i % signal_.size()] += real * real;
    noise_[i % noise_.size()] += difference * difference;
  }
}

double ChannelSignalToNoise::decibels() const {
  double sum = 0, channels = 0;
  for (std::size_t c = 0; c < signal_.size(); ++c) {
    if (signal_[c] == 0 && noise_[c] == 0) continue;
    sum += noise_[c] >= signal_[c] ? 1 : noise_[c] / signal_[c];
    ++channels;
  }
  return sum == 0 ? std::numeric_limits<double>::infinity() : 10 * (std::log10(channels) - std::log10(sum));
}

void CosineSimilarity::add(std::span<const float> reference, std::span<const float> actual) {
  check(reference, actual);
  CosineSimilarity part;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const auto a = static_cast<double>(reference[i]), b = static_cast<double>(actual[i]);
    part.product_ += a * b;
    part.reference_squares_ += a * a;
    part.actual_squares_ += b * b;
  }
  merge(part);
}

void CosineSimilarity::merge(const CosineSimilarity& other) {
  product_ += other.product_;
  reference_squares_ += other.reference_squares_;
  actual_squares_ += other.actual_squares_;
}

double CosineSimilarity::value() const {
  if (reference_squares_ == 0 && actual_squares_ == 0) return 1;
  if (reference_squares_ == 0 || actual_squares_ == 0) return 0;
  return std::clamp(product_ / (std::sqrt(reference_squares_) * std::sqrt(actual_squares_)), -1.0, 1.0);
}

void TopAgreement::add(std::span<const float> reference, std::span<const float> actual) {
  check(reference, actual);
  if (reference.empty()) throw Refusal("it has no scores; compare tensors with one value at least");
  ++samples_;
  agreeing_ += top(reference) == top(actual) ? 1 : 0;
}

void TopAgreement::merge(const TopAgreement& other) {
  samples_ += other.samples_;
  agreeing_ += other.agreeing_;
}

double TopAgreement::fraction() const {
  return samples_ == 0 ? 1 : static_cast<double>(agreeing_) / static_cast<double>(samples_);
}

}  // namespace qrun::converter::calibrate
