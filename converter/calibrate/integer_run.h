// Runs a written file on real samples, so that somebody can look at the real numbers that its integers stand for.

#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "qrun/qrun.hpp"

namespace qrun::converter::calibrate {

class IntegerRun {
 public:
  // Of a file that the runtime has loaded. What runs is a copy whose outputs are all activations, first the file's own
  // outputs, so that no fusion hides any.
  explicit IntegerRun(std::span<const std::byte> file);

  // One sample: of each input the elements, as the real numbers that they stand for.
  void run(std::span<const std::vector<float>> inputs);

  std::size_t outputs() const { return outputs_; }  // how many places are the file's own outputs
  std::optional<std::size_t> place(const std::string& name) const;
  // An activation's description, and after a run its values; those are empty where it is not 8 bits wide.
  TensorInfo info(std::size_t place) const { return model_->output(place); }
  std::vector<float> values(std::size_t place) const;

 private:
  std::vector<std::byte> bytes_;
  std::size_t outputs_ = 0;
  std::map<std::string, std::size_t> places_;  // of names that occur more than once, the first
  std::optional<Model> model_;
  std::optional<Session> session_;
};

}  // namespace qrun::converter::calibrate
