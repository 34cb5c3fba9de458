#include "converter/calibrate/executor.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "converter/calibrate/operators.h"
#include "converter/calibrate/reals.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

template <class Params>
concept Computable = requires(const Params& params, const Operands& operands) {
  prepare(params, operands);
};

Kernel kernel_of(const Parameters& parameters, const Operands& operands) {
  const auto prepared = [&]<class Params>(const Params& params) -> Kernel {
    if constexpr (Computable<Params>) return prepare(params, operands);
    throw Refusal("it cannot be computed with real numbers; only float networks are calibrated");
  };
  return std::visit(prepared, parameters);
}

std::string offender(const Graph& graph, const Operator& op, const char* why) {
  return fmt::format("{} '{:.100}': {}", op.kind, graph.tensors[op.output()].name, why);
}

// Of weights and biases: elsewhere infinities may be meant.
void check_finite(const Tensor& tensor, Reals values) {
  const auto found = std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
  if (found == values.end()) return;
  refuse("its constant '{}' holds {} at element {}; export the trained network again", tensor.name, *found,
         found - values.begin());
}

}  // namespace

// ---- Preparation

Executor::Executor(const Graph& graph) : graph_(graph) {
  for (const TensorId input : graph.inputs) check_reals(graph.tensors[input]);
  prepare_all();
  count_uses();
  std::erase_if(constants_, [&](const auto& constant) { return uses_[constant.first] == 0; });
}

void Executor::prepare_all() {
  std::vector<std::string> offenders;
  for (const Operator& op : graph_.operators) {
    try {
      const auto* unsupported = std::get_if<Unsupported>(&op.parameters);
      if (unsupported == nullptr) {
        prepare(op);
      } else if (!unsupported->reason.empty()) {
        throw Refusal(unsupported->reason);
      }
    } catch (const Refusal& refusal) {
      offenders.push_back(offender(graph_, op, refusal.what()));
    }
  }
  if (offenders.empty()) return;
  const std::string summary =
      fmt::format("{} operator{} cannot be calibrated", offenders.size(), offenders.size() == 1 ? "" : "s");
  throw Refusal(summary, std::move(offenders));
}

void Executor::check_operands(const Operator& op) const {
  for (const TensorId input : op.inputs) {
    if (input != kAbsent) check_reals(graph_.tensors[input]);
  }
  const Tensor& y = graph_.tensors[op.output()];
  check_reals(y);
  if (is_quantized(y) && !is_8_bit(y.dtype)) {
    refuse("'{}' is quantized to {}; only int8 and uint8 are supported", y.name, dtype_name(y.dtype));
  }
}

void Executor::prepare(const Operator& op) {
  check_operands(op);
  for (const TensorId input : op.inputs) {
    if (input == kAbsent || !graph_.tensors[input].is_constant || constants_.contains(input)) continue;
    const auto [constant, is_new] = constants_.emplace(input, constant_reals(graph_.tensors[input]));
    if (is_linear(op.parameters)) check_finite(graph_.tensors[input], constant->second);
  }
  Kernel kernel = kernel_of(op.parameters, Operands(graph_, op, constants_));
  const auto reads = static_cast<std::ptrdiff_t>(std::min(kernel.reads, op.inputs.size()));
  Step step{{op.inputs.begin(), op.inputs.begin() + reads}, op.output(), std::move(kernel.compute)};
  const auto is_known = [&](TensorId input) { return input == kAbsent || constants_.contains(input); };
  if (!std::ranges::all_of(step.inputs, is_known)) {
    steps_.push_back(std::move(step));
  } else {
    constants_.emplace(step.output, result_of(step, [&](TensorId id) { return Reals(constants_.at(id)); }));
  }
}

// Refuses reading what nothing writes.
void Executor::count_uses() {
  uses_.assign(graph_.tensors.size(), 0);
  std::vector<bool> is_written(graph_.tensors.size(), false);
  for (const auto& [id, values] : constants_) is_written[id] = true;
  for (const TensorId input : graph_.inputs) is_written[input] = true;
  const auto use = [&](TensorId id) {
    if (id == kAbsent) return;
    if (!is_written[id]) refuse("'{}' is read but written by no operator before", graph_.tensors[id].name);
    ++uses_[id];
  };
  for (const Step& step : steps_) {
    std::ranges::for_each(step.inputs, use);
    is_written[step.output] = true;
  }
  for (const TensorId output : graph_.outputs) {
    const Tensor& tensor = graph_.tensors[output];
    if (tensor.is_constant && !is_written[output]) constants_.emplace(output, constant_reals(tensor));
    is_written[output] = is_written[output] || tensor.is_constant;
    use(output);
  }
}

template <class ValueOf>
std::vector<float> Executor::result_of(const Step& step, const ValueOf& value_of) const {
  std::vector<Reals> inputs;
  for (const TensorId input : step.inputs) inputs.push_back(input == kAbsent ? Reals() : value_of(input));
  const Tensor& tensor = graph_.tensors[step.output];
  std::vector<float> values(elements(tensor));
  step.compute(inputs, values);
  if (is_quantized(tensor)) round_to_grid(tensor, values);
  return values;
}

// ---- Running

class Executor::Run {
 public:
  Run(const Executor& executor, const Observe& observe)
      : executor_(executor), observe_(observe), values_(executor.uses_.size()), left_(executor.uses_) {}

  void set_input(TensorId id, std::vector<float> values) {
    const Tensor& tensor = executor_.graph_.tensors[id];
    if (values.size() != elements(tensor)) {
      refuse("the input '{}' is given {} elements; its shape is {}", tensor.name, values.size(),
             shape_text(tensor.shape));
    }
    if (is_quantized(tensor)) round_to_grid(tensor, values);
    keep(id, std::move(values));
  }

  void compute(const Step& step) {
    keep(step.output, executor_.result_of(step, [&](TensorId id) { return value(id); }));
    for (const TensorId input : step.inputs) {
      if (input != kAbsent && --left_[input] == 0) values_[input] = {};
    }
  }

  Reals value(TensorId id) const {
    const auto constant = executor_.constants_.find(id);
    return constant == executor_.constants_.end() ? values_[id] : constant->second;
  }

 private:
  void keep(TensorId id, std::vector<float> values) {
    if (observe_ && executor_.graph_.tensors[id].dtype == DType::kFloat32) observe_(id, values);
    if (left_[id] > 0) values_[id] = std::move(values);
  }

  const Executor& executor_;
  const Observe& observe_;
  std::vector<std::vector<float>> values_;  // per tensor; empty before its producer and after its last reader
  std::vector<std::size_t> left_;
};

std::vector<std::vector<float>> Executor::run(std::span<const std::vector<float>> inputs,
                                              const Observe& observe) const {
  if (inputs.size() != graph_.inputs.size()) {
    refuse("{} inputs are given to a network that has {}", inputs.size(), graph_.inputs.size());
  }
  Run run(*this, observe);
  for (std::size_t i = 0; i < inputs.size(); ++i) run.set_input(graph_.inputs[i], inputs[i]);
  for (const Step& step : steps_) run.compute(step);
  std::vector<std::vector<float>> outputs;
  for (const TensorId output : graph_.outputs) {
    const Reals values = run.value(output);
    outputs.emplace_back(values.begin(), values.end());
  }
  return outputs;
}

}  // namespace qrun::converter::calibrate
