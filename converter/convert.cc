#include "converter/convert.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "converter/explain.h"
#include "converter/integers/integers.h"
#include "converter/lower/fuse_unary.h"
#include "converter/lower/lowering.h"
#include "converter/passes/passes.h"
#include "converter/refusal.h"
#include "converter/stages.h"
#include "converter/tflite/reader.h"
#include "converter/writer.h"
#include "qrun/qrun.hpp"

namespace qrun::converter {
namespace {

// The last dimension of an output counts its classes.
void check_labels(const Graph& graph, const std::vector<std::string>& labels) {
  if (labels.empty()) return;
  const Tensor& output = graph.tensors[graph.outputs[0]];
  const std::size_t classes = output.shape.empty() ? 1 : static_cast<std::size_t>(output.shape.back());
  if (labels.size() == classes) return;
  refuse(
      "labels: {} given, but the first output '{}' is [{}] and its last dimension, {}, counts its classes; give one "
      "label for each, or none",
      labels.size(), output.name, fmt::join(output.shape, ","), classes);
}

qfb::MetadataT describe(const Source& source, const ConvertOptions& options) {
  qfb::MetadataT metadata;
  metadata.producer = std::string("qconvert ") + qrun_version();
  metadata.source_name = source.name;
  const Sha256::Digest digest = Sha256::of(std::as_bytes(source.bytes));
  metadata.source_sha256.assign(digest.begin(), digest.end());
  metadata.labels = options.labels;
  for (const auto& [key, value] : options.metadata) {
    auto entry = std::make_unique<qfb::KeyValueT>();
    entry->key = key;
    entry->value = value;
    metadata.entries.push_back(std::move(entry));
  }
  return metadata;
}

// Whether inputs are real and nothing is quantized, be it weights alone.
bool is_float(const Graph& graph) {
  const auto is_real = [&](TensorId id) { return graph.tensors[id].dtype == DType::kFloat32; };
  const auto is_quantized = [](const Operator& op) {
    return std::holds_alternative<Quantize>(op.parameters) || std::holds_alternative<Dequantize>(op.parameters);
  };
  const auto is_unsupported = [](const Operator& op) { return std::holds_alternative<Unsupported>(op.parameters); };
  return std::ranges::any_of(graph.inputs, is_real) && std::ranges::none_of(graph.operators, is_quantized) &&
         std::ranges::none_of(graph.operators, is_unsupported);
}

// Whether a .tflite has nothing but real numbers between its inputs and outputs, be its weights quantized.
bool computes_with_reals(const Graph& graph) {
  const auto is_real = [&](TensorId id) { return graph.tensors[id].dtype == DType::kFloat32; };
  const auto is_other = [](const Operator& op) {
    return std::holds_alternative<Quantize>(op.parameters) || std::holds_alternative<Unsupported>(op.parameters);
  };
  return !graph.inputs.empty() && std::ranges::all_of(graph.inputs, is_real) &&
         std::ranges::none_of(graph.operators, is_other);
}

Graph read(const Source& source, const ConvertOptions& options) {
  if (options.calibration) {
    Graph graph = read_float(source, options);
    calibrate::calibrate(graph, *open_samples(source, options, graph), options.calibration->options,
                         options.calibration->progress);
    return graph;
  }
  Graph graph = read_source(source, options);
  if (format_of(source.name) == Format::kOnnx ? is_float(graph) : computes_with_reals(graph)) {
    throw Refusal("the network is not quantized: give samples of its inputs with --calibrate DATA");
  }
  return graph;
}

// Nothing is handed out that the runtime would not take: it checks what the lowering leaves to it, such as that shapes
// follow from parameters.
void load(std::span<const std::byte> file) {
  const auto model = Model::from_buffer(file);
  if (!model) throw Refusal(std::string(model.status().message()));
}

}  // namespace

std::optional<Format> format_of(const std::string& name) {
  const std::filesystem::path extension = std::filesystem::path(name).extension();
  if (extension == ".tflite") return Format::kTflite;
  if (extension == ".onnx") return Format::kOnnx;
  return std::nullopt;
}

Graph read_source(const Source& source, const ConvertOptions& options) {
  const std::optional<Format> format = format_of(source.name);
  if (!format) throw Refusal("unknown extension; a source's name ends in .tflite or .onnx");
  return *format == Format::kOnnx ? read_onnx(source.bytes, source.folder, options.onnx) : read_tflite(source.bytes);
}

Graph read_float(const Source& source, const ConvertOptions& options) {
  Graph graph = read_source(source, options);
  drop_dead_code(graph);
  const auto is_real = [&](TensorId id) { return graph.tensors[id].dtype == DType::kFloat32; };
  if (!std::ranges::all_of(graph.inputs, is_real)) {
    throw Refusal("its inputs are integers: it is quantized already; leave --calibrate out");
  }
  const auto quantizes = [](const Operator& op) { return std::holds_alternative<Quantize>(op.parameters); };
  if (std::ranges::any_of(graph.operators, quantizes)) {
    throw Refusal("there are quantizations in it: it is quantized already; leave --calibrate out");
  }
  return graph;
}

std::unique_ptr<calibrate::Samples> open_samples(const Source& source, const ConvertOptions& options,
                                                 const Graph& graph) {
  calibrate::SampleOptions how = options.calibration->samples;
  how.channels_first = format_of(source.name) == Format::kOnnx && !options.onnx.edges_nhwc;
  return calibrate::open_samples(options.calibration->data, graph, how);
}

Conversion finish(Graph graph, const Source& source, const ConvertOptions& options) {
  // What a .tflite quantizes itself is integers already.
  if (options.calibration || format_of(source.name) == Format::kOnnx) make_integers(graph);
  run_passes(graph);
  LoweredOperators operators = lower(graph);
  fuse_unary(graph, operators);
  check_labels(graph, options.labels);
  const std::string name = std::filesystem::path(source.name).stem().string();
  for (std::string& note : graph.notes) note = one_line(std::move(note));
  Conversion result{write_qfb(graph, operators, name, describe(source, options)), std::move(graph.notes), {}};
  load(result.file);
  return result;
}

Conversion convert(const Source& source, const ConvertOptions& options) {
  if (options.calibration && (options.calibration->report || options.calibration->optimize)) {
    return explain(source, options);
  }
  return finish(read(source, options), source, options);
}

}  // namespace qrun::converter
