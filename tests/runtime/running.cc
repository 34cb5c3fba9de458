#include "tests/runtime/running.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>

namespace qrun::test {
namespace {

const qfb::TensorT& tensor_at(const qfb::ModelT& model, std::int32_t index) {
  return *model.tensors[static_cast<std::size_t>(index)];
}

}  // namespace

std::vector<std::string> available_rows() {
  std::vector<std::string> names;
  for (std::size_t i = 0; qrun_isa_name(i) != nullptr; ++i) {
    if (qrun_isa_available(i)) names.emplace_back(qrun_isa_name(i));
  }
  return names;
}

Buffers random_inputs(const qfb::ModelT& model, std::mt19937& random) {
  Buffers inputs;
  for (const std::int32_t index : model.inputs) {
    const qfb::TensorT& tensor = tensor_at(model, index);
    Array array{tensor.shape, {}};
    for (std::int64_t n = element_count(tensor.shape); n > 0; --n) {
      array.values.push_back(static_cast<std::int32_t>(random()));
    }
    inputs.push_back(to_bytes(array, tensor.dtype));
  }
  return inputs;
}

Buffers expected_outputs(const qfb::ModelT& model, const Buffers& inputs) {
  std::vector<Array> arrays;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    arrays.push_back(from_bytes(inputs[i].data(), tensor_at(model, model.inputs[i])));
  }
  const std::vector<Array> tensors = interpret(model, arrays);
  Buffers outputs;
  for (const std::int32_t index : model.outputs) {
    outputs.push_back(to_bytes(tensors[static_cast<std::size_t>(index)], tensor_at(model, index).dtype));
  }
  return outputs;
}

void set_inputs(Session& session, const Buffers& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::span<std::byte> bytes = session.input<std::byte>(i);
    ASSERT_EQ(bytes.size(), inputs[i].size());
    std::transform(inputs[i].begin(), inputs[i].end(), bytes.begin(), [](std::uint8_t b) { return std::byte{b}; });
  }
}

Buffers get_outputs(const Session& session, std::size_t count) {
  Buffers outputs;
  for (std::size_t i = 0; i < count; ++i) {
    const std::span<const std::byte> bytes = session.output<std::byte>(i);
    outputs.emplace_back(bytes.size());
    std::transform(bytes.begin(), bytes.end(), outputs.back().begin(),
                   [](std::byte b) { return static_cast<std::uint8_t>(b); });
  }
  return outputs;
}

Buffers run_model(const qfb::ModelT& model, const Buffers& inputs, const PlanOptions& options) {
  const Bytes file = finish(model);
  Result<Model> loaded = Model::from_buffer(file);
  if (!loaded) {
    ADD_FAILURE() << loaded.status().message();
    return {};
  }
  Result<Session> session = Session::create(*loaded, options);
  if (!session) {
    ADD_FAILURE() << session.status().message();
    return {};
  }
  set_inputs(*session, inputs);
  session->run();
  return get_outputs(*session, loaded->output_count());
}

}  // namespace qrun::test
