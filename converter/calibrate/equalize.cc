#include "converter/calibrate/equalize.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "converter/calibrate/linear_pairs.h"

namespace qrun::converter::calibrate {
namespace {

constexpr int kMostSweeps = 200;
constexpr double kSettled = 1e-3;
constexpr double kMostFactor = 1024;

using Factors = std::vector<double>;

class Equalizer {
 public:
  explicit Equalizer(Graph& graph) : graph_(graph), found_(find_linear_pairs(graph)) {
    // In double until the end, so that rounding does not pile up.
    for (const LinearLayer& layer : found_.layers) {
      const std::vector<float> values = reals(graph.tensors[layer.weights]);
      weights_.emplace_back(values.begin(), values.end());
    }
    for (const LinearPair& pair : found_.pairs) totals_.emplace_back(found_.layers[pair.first].outputs, 1.0);
  }

  std::size_t run() {
    bool is_settled = false;
    for (int sweep = 0; sweep < kMostSweeps && !is_settled; ++sweep) {
      is_settled = true;
      for (std::size_t i = 0; i < found_.pairs.size(); ++i) is_settled = !balance(i) && is_settled;
    }
    return store();
  }

 private:
  // Makes both ranges of each channel equal, but where they nearly are: whether it changed any.
  bool balance(std::size_t index) {
    const LinearPair& pair = found_.pairs[index];
    const LinearLayer& first = found_.layers[pair.first];
    const LinearLayer& second = found_.layers[pair.second];
    std::vector<double>&w1 = weights_[pair.first], &w2 = weights_[pair.second];
    Factors r1(first.outputs, 0.0), r2(first.outputs, 0.0), s(first.outputs, 1.0);
    for (std::size_t i = 0; i < w1.size(); ++i) raise(r1[first.output_channel(i)], w1[i]);
    for (std::size_t i = 0; i < w2.size(); ++i) raise(r2[second.input_channel(i)], w2[i]);
    bool changes = false;
    for (std::size_t c = 0; c < s.size(); ++c) {
      double& total = totals_[index][c];
      const double wanted = r1[c] > 0 && r2[c] > 0 ? total * std::sqrt(r1[c] / r2[c]) : total;
      const double next = std::clamp(wanted, 1 / kMostFactor, kMostFactor);
      if (std::fabs(std::log(next / total)) <= kSettled) continue;
      s[c] = next / total;
      total = next;
      changes = true;
    }
    if (!changes) return false;
    for (std::size_t i = 0; i < w1.size(); ++i) w1[i] /= s[first.output_channel(i)];
    for (std::size_t i = 0; i < w2.size(); ++i) w2[i] *= s[second.input_channel(i)];
    return true;
  }

  static void raise(double& greatest, double value) { greatest = std::max(greatest, std::fabs(value)); }

  std::size_t store() {
    std::size_t changed_pairs = 0;
    std::vector<bool> changed(found_.layers.size(), false);
    for (std::size_t i = 0; i < found_.pairs.size(); ++i) {
      const LinearPair& pair = found_.pairs[i];
      const Factors& totals = totals_[i];
      if (std::all_of(totals.begin(), totals.end(), [](double total) { return total == 1; })) continue;
      ++changed_pairs;
      changed[pair.first] = changed[pair.second] = true;
      if (const TensorId bias = found_.layers[pair.first].bias; bias != kAbsent) divide(bias, totals);
      for (const TensorId addend : pair.addends) divide(addend, totals);
    }
    for (std::size_t i = 0; i < changed.size(); ++i) {
      if (!changed[i]) continue;
      const std::vector<float> values(weights_[i].begin(), weights_[i].end());
      graph_.make_constant(found_.layers[i].weights, real_bytes(values));
    }
    return changed_pairs;
  }

  void divide(TensorId id, const Factors& factors) {
    std::vector<float> values = reals(graph_.tensors[id]);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(static_cast<double>(values[i]) / factors[i % factors.size()]);
    }
    graph_.make_constant(id, real_bytes(values));
  }

  Graph& graph_;
  LinearPairs found_;
  std::vector<std::vector<double>> weights_;  // of each layer
  std::vector<Factors> totals_;               // of each pair: s so far
};

}  // namespace

std::size_t equalize(Graph& graph) { return Equalizer(graph).run(); }

}  // namespace qrun::converter::calibrate
