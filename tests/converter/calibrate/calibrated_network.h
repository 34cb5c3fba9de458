// Float networks made integers, and run by the runtime on real numbers.

#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "converter/calibrate/calibrate.h"
#include "converter/half_even.h"
#include "converter/integers/integers.h"
#include "converter/lower/fuse_unary.h"
#include "converter/passes/passes.h"
#include "converter/refusal.h"
#include "converter/writer.h"
#include "qfb_generated.h"
#include "qrun/qrun.hpp"
#include "tests/converter/calibrate/real_graph.h"

namespace qrun::test {

using SampleList = std::vector<std::vector<Values>>;  // of each sample the inputs

class MemorySamples : public converter::calibrate::Samples {
 public:
  explicit MemorySamples(SampleList samples) : samples_(std::move(samples)) {}
  std::size_t count() const override { return samples_.size(); }
  bool next(std::vector<Values>& inputs) override {
    if (next_ == samples_.size()) return false;
    inputs = samples_[next_++];
    return true;
  }

 private:
  SampleList samples_;
  std::size_t next_ = 0;
};

inline SampleList some_samples(const converter::Graph& graph, std::uint32_t count) {
  SampleList samples(count);
  std::uint32_t seed = 100;
  for (auto& sample : samples) {
    for (const TensorId input : graph.inputs) sample.push_back(some_values(graph.tensors[input].shape, ++seed));
  }
  return samples;
}

inline void calibrate_on(converter::Graph& graph, SampleList samples,
                         const converter::calibrate::Options& options = {}) {
  MemorySamples memory(std::move(samples));
  converter::calibrate::calibrate(graph, memory, options, [](std::size_t, std::size_t) {});
}

// All the refusal's lines.
inline std::string whole_text(const converter::Refusal& refusal) {
  std::string text = refusal.what();
  for (const std::string& offender : refusal.offenders()) text += "\n" + offender;
  return text;
}

// Of a calibrated graph. Throws a Refusal where anything does not become integers.
inline std::vector<std::byte> integer_file(converter::Graph& graph) {
  converter::make_integers(graph);
  converter::run_passes(graph);
  converter::LoweredOperators operators = converter::lower(graph);
  converter::fuse_unary(graph, operators);
  return converter::write_qfb(graph, operators, "test", {});
}

// Runs int8 networks on real inputs; outputs are real again.
class IntegerNetwork {
 public:
  explicit IntegerNetwork(std::vector<std::byte> file) : file_(std::move(file)) {
    auto model = Model::from_buffer(file_);
    if (!model) throw converter::Refusal(std::string(model.status().message()));
    auto session = Session::create(*model);
    if (!session) throw converter::Refusal(std::string(session.status().message()));
    model_.emplace(std::move(*model));
    session_.emplace(std::move(*session));
  }

  std::vector<Values> run(std::span<const Values> inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const TensorInfo info = model_->input(i);
      const auto quantized = [&](float real) {
        return static_cast<std::int8_t>(converter::quantize_half_even(real, info.scale(), info.zero_point()));
      };
      std::ranges::transform(inputs[i], session_->input<std::int8_t>(i).begin(), quantized);
    }
    session_->run();
    std::vector<Values> outputs;
    for (std::size_t i = 0; i < model_->output_count(); ++i) {
      const TensorInfo info = model_->output(i);
      Values& reals = outputs.emplace_back();
      for (const std::int8_t q : session_->output<std::int8_t>(i)) {
        reals.push_back(info.scale() * static_cast<float>(q - info.zero_point()));
      }
    }
    return outputs;
  }

  const Model& model() const { return *model_; }

 private:
  std::vector<std::byte> file_;  // which the model borrows
  std::optional<Model> model_;
  std::optional<Session> session_;
};

}  // namespace qrun::test
