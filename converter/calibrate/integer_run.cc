#include "converter/calibrate/integer_run.h"

#include <algorithm>
#include <cstdint>

#include "converter/half_even.h"
#include "converter/refusal.h"
#include "qfb_generated.h"

namespace qrun::converter::calibrate {
namespace {

// The copy's bytes; they are copied once more because a builder's are not always aligned as a model's must be.
std::vector<std::byte> with_all_outputs(std::span<const std::byte> file) {
  qfb::ModelT model;
  qfb::GetModel(file.data())->UnPackTo(&model);
  const auto add = [&](std::int32_t index) {
    if (std::ranges::find(model.outputs, index) == model.outputs.end()) model.outputs.push_back(index);
  };
  for (const std::int32_t input : model.inputs) add(input);
  for (const auto& op : model.operators) std::ranges::for_each(op->outputs, add);
  model.tests.clear();  // their digests are over the file's outputs
  flatbuffers::FlatBufferBuilder builder;
  qfb::FinishModelBuffer(builder, qfb::Model::Pack(builder, &model));
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {bytes.begin(), bytes.end()};
}

template <class T>
T value_of(Result<T> result) {
  if (!result) throw Refusal(std::string(result.status().message()));
  return *std::move(result);
}

template <class T>
std::vector<float> reals_of(std::span<const T> integers, float scale, std::int32_t zero_point) {
  std::vector<float> reals(integers.size());
  std::ranges::transform(integers, reals.begin(),
                         [&](T q) { return scale * static_cast<float>(std::int32_t{q} - zero_point); });
  return reals;
}

}  // namespace

IntegerRun::IntegerRun(std::span<const std::byte> file)
    : bytes_(with_all_outputs(file)), outputs_(qfb::GetModel(file.data())->outputs()->size()) {
  model_ = value_of(Model::from_buffer(bytes_));
  session_ = value_of(Session::create(*model_));
  for (std::size_t i = 0; i < model_->output_count(); ++i) places_.emplace(model_->output(i).name(), i);
}

void IntegerRun::run(std::span<const std::vector<float>> inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const TensorInfo info = model_->input(i);
    const std::span<std::int8_t> elements = session_->input<std::int8_t>(i);
    if (elements.size() != inputs[i].size()) refuse("input '{}' is not int8, or not of the sample's size", info.name());
    std::ranges::transform(inputs[i], elements.begin(), [&](float real) {
      return static_cast<std::int8_t>(quantize_half_even(real, info.scale(), info.zero_point()));
    });
  }
  session_->run();
}

std::optional<std::size_t> IntegerRun::place(const std::string& name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<float> IntegerRun::values(std::size_t place) const {
  const TensorInfo tensor = info(place);
  if (!tensor.quantized()) return {};
  if (tensor.dtype() == qrun::DType::kInt8) {
    return reals_of(session_->output<std::int8_t>(place), tensor.scale(), tensor.zero_point());
  }
  return reals_of(session_->output<std::uint8_t>(place), tensor.scale(), tensor.zero_point());
}

}  // namespace qrun::converter::calibrate
