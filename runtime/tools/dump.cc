#include "runtime/tools/dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <span>
#include <utility>
#include <vector>

#include "qfb_generated.h"
#include "runtime/tools/common/command.h"
#include "runtime/tools/common/hex.h"
#include "runtime/tools/common/input_file.h"
#include "runtime/tools/common/model.h"
#include "runtime/tools/common/output_file.h"
#include "runtime/tools/common/tensor.h"

namespace qrun::tools {
namespace {

namespace fs = std::filesystem;

// What the copy gives out, in order: the graph's inputs, what each operator writes, constants that are outputs.
struct Activations {
  std::vector<std::int32_t> tensors;   // their indices in the file
  std::vector<std::string> operators;  // who writes each; empty: none

  std::ptrdiff_t place(std::int32_t index) const {
    return std::find(tensors.begin(), tensors.end(), index) - tensors.begin();
  }
  std::vector<std::ptrdiff_t> places(const std::vector<std::int32_t>& indices) const {
    std::vector<std::ptrdiff_t> places(indices.size());
    std::transform(indices.begin(), indices.end(), places.begin(), [&](std::int32_t index) { return place(index); });
    return places;
  }
  void add(std::int32_t index, const std::string& op) {
    if (place(index) < std::ssize(tensors)) return;
    tensors.push_back(index);
    operators.push_back(op);
  }
};

Activations activations_of(const qfb::ModelT& model) {
  Activations activations;
  for (const std::int32_t input : model.inputs) activations.add(input, "");
  for (const auto& op : model.operators) {
    for (const std::int32_t output : op->outputs) {
      activations.add(output, qfb::EnumNameParameters(op->parameters.type));
    }
  }
  for (const std::int32_t output : model.outputs) activations.add(output, "");
  return activations;
}

void prepare_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder, error)) throw work_failed(folder, "cannot make this folder; give --dump another path");
  if (!fs::is_empty(folder, error)) throw wrong_usage(folder, "is not empty; give --dump a new folder");
}

// In a vector: a builder's bytes are not always aligned as a model's must be.
std::vector<std::byte> pack(qfb::ModelT& model, const Activations& activations) {
  const std::vector<std::int32_t> outputs = std::exchange(model.outputs, activations.tensors);
  model.tests.clear();  // their digests are over the old outputs
  flatbuffers::FlatBufferBuilder builder;
  qfb::FinishModelBuffer(builder, qfb::Model::Pack(builder, &model));
  model.outputs = outputs;
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {bytes.begin(), bytes.end()};
}

class Dump {
 public:
  Dump(const Model& copy, const Activations& activations, const std::string& folder) : copy_(copy) {
    for (std::size_t i = 0; i < copy.output_count(); ++i) {
      const std::string name = fmt::format("tensor_{:04}.bin", i);
      files_.emplace_back((fs::path(folder) / name).string());
      Json tensor = to_json(copy.output(i));
      tensor["operator"] = activations.operators[i].empty() ? Json() : Json(activations.operators[i]);
      tensor["file"] = name;
      tensors_.push_back(std::move(tensor));
    }
  }

  // `outputs` are the places of the graph's.
  std::string run(Session& session, const Samples& samples, const std::vector<std::ptrdiff_t>& outputs) {
    Sha256 digest;
    for (std::size_t sample = 0; sample < samples.count(); ++sample) {
      samples.load(session, sample);
      session.run();
      for (std::size_t i = 0; i < files_.size(); ++i) files_[i].write(session.output<std::byte>(i));
      for (const auto place : outputs) digest.update(session.output<std::byte>(static_cast<std::size_t>(place)));
    }
    return hex(digest.finish());
  }

  void commit() {
    for (OutputFile& file : files_) file.close();
    for (OutputFile& file : files_) file.commit();
  }

  const Json& tensors() const { return tensors_; }

 private:
  const Model& copy_;
  std::deque<OutputFile> files_;  // a deque: they do not move
  Json tensors_ = Json::array();
};

}  // namespace

std::string dump_tensors(const Options& options, PlanOptions plan_options, const Samples& samples) {
  plan_options.batch = 1;
  plan_options.pack_cache = nullptr;  // which is for the model itself
  prepare_folder(options.dump);
  const std::vector<std::byte> file = read_file(options.model);
  borrow_model(file, options.model);  // the schema trusts the bytes, so the runtime checks them first
  qfb::ModelT model;
  qfb::GetModel(file.data())->UnPackTo(&model);
  const Activations activations = activations_of(model);
  const std::vector<std::byte> bytes = pack(model, activations);
  const Model copy = borrow_model(bytes, options.model);
  const Plan plan = make_plan(copy, options.model, plan_options);
  Session session = make_session(plan, options.model);

  const std::vector<std::ptrdiff_t> outputs = activations.places(model.outputs);
  Dump dump(copy, activations, options.dump);
  std::string digest = dump.run(session, samples, outputs);
  const Json manifest = {{"model", options.model},     {"isa", plan.isa()},
                         {"samples", samples.count()}, {"inputs", activations.places(model.inputs)},
                         {"outputs", outputs},         {"tensors", dump.tensors()}};
  dump.commit();
  const std::string text = manifest.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  write_file((fs::path(options.dump) / "manifest.json").string(), std::as_bytes(std::span(text)));
  return digest;
}

}  // namespace qrun::tools
