// From what a file holds to the numbers that a graph's input takes.

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "converter/calibrate/array_source.h"
#include "converter/calibrate/samples.h"

namespace qrun::converter::calibrate {

// (pixel - mean) / deviation, per channel of one input.
class Normalization {
 public:
  // Refuses options that do not fit the input, and missing ones.
  Normalization(const Tensor& input, const SampleOptions& options);
  void apply(std::span<float> values) const;

 private:
  std::vector<float> mean_, deviation_;  // per channel
  std::size_t inner_;                    // how many elements lie between one channel and the next
};

class Conversion {
 public:
  // Refuses elements that are not of the input's type.
  Conversion(const Tensor& input, Element element, const SampleOptions& options);
  // One sample. Refuses the first number that is not finite.
  std::vector<float> operator()(std::span<const std::uint8_t> bytes) const;

 private:
  const Tensor& input_;
  Element element_;
  std::optional<Normalization> normalization_;
};

// The type of an input's elements in a raw file.
Element raw_element(const Tensor& input);

}  // namespace qrun::converter::calibrate
