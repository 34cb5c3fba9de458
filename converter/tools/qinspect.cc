// qinspect: what a .qfb file holds and what it costs.
//
// The runtime checks the bytes first; then they are read through the schema, which trusts them.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "converter/tools/inspection.h"
#include "runtime/tools/common/command.h"
#include "runtime/tools/common/input_file.h"
#include "runtime/tools/common/model.h"
#include "runtime/tools/common/table.h"
#include "runtime/tools/common/tensor.h"

namespace qrun::tools {
namespace {

std::string shapes_text(const std::vector<Shape>& shapes) {
  std::vector<std::string> texts;
  texts.reserve(shapes.size());
  for (const Shape& shape : shapes) texts.push_back(shape_text(shape));
  return fmt::format("{}", fmt::join(texts, " "));
}

void print_tensor(std::string_view role, const TensorInfo& info) {
  fmt::print("{:<11} {}  {}  {}\n", role, printable(info.name()), type_text(info), quantization_text(info));
}

void print_metadata(const Inspection& inspection) {
  const auto print = [](std::string_view key, const std::string& value) {
    if (!value.empty()) fmt::print("{:<11} {}\n", printable(key), printable(value));
  };
  print("producer", inspection.producer);
  print("source", inspection.source_name);
  print("sha256", inspection.source_sha256);
  print("labels", fmt::format("{}", fmt::join(inspection.labels, ", ")));
  for (const auto& [key, value] : inspection.entries) print(key, value);
}

void print_operators(const Inspection& inspection) {
  Table table({">op", ">step", "type", "output", "inputs", "shape", "parameters", ">MACs", ">bytes"});
  for (std::size_t i = 0; i < inspection.operators.size(); ++i) {
    const OperatorReport& op = inspection.operators[i];
    table.add({std::to_string(i), op.step >= 0 ? std::to_string(op.step) : "-", op.type,
               printable(shorten(op.output, 32)), shapes_text(op.input_shapes), shapes_text(op.output_shapes),
               printable(op.parameters), op.macs > 0 ? std::to_string(op.macs) : "-",
               op.parameter_bytes > 0 ? std::to_string(op.parameter_bytes) : "-"});
  }
  fmt::print("\n{}\n", table.text());
}

void print_report(const Model& model, const Inspection& inspection, const std::string& path) {
  fmt::print("{:<11} {}  {} bytes, format version {}\n", "model",
             printable(inspection.name.empty() ? path : inspection.name), inspection.file_bytes,
             inspection.format_version);
  print_metadata(inspection);
  for (std::size_t i = 0; i < model.input_count(); ++i) print_tensor("input", model.input(i));
  for (std::size_t i = 0; i < model.output_count(); ++i) print_tensor("output", model.output(i));
  print_operators(inspection);
  fmt::print("{:<11} {} operators, {} MACs, {} parameter bytes\n", "total", inspection.operators.size(),
             inspection.macs, inspection.parameter_bytes);
  fmt::print("{:<11} {}, for {} on one thread\n", "memory", inspection.memory, inspection.isa);
  fmt::print("{:<11} {} (samples in the file, with the SHA-256 of their answers)\n", "tests", inspection.tests);
}

Json operators_json(const Inspection& inspection) {
  Json list = Json::array();
  for (const OperatorReport& op : inspection.operators) {
    list.push_back({{"type", op.type},
                    {"step", op.step >= 0 ? Json(op.step) : Json()},
                    {"output", op.output},
                    {"input_shapes", op.input_shapes},
                    {"output_shapes", op.output_shapes},
                    {"parameters", op.parameters},
                    {"macs", op.macs},
                    {"parameter_bytes", op.parameter_bytes}});
  }
  return list;
}

Json metadata_json(const Inspection& inspection) {
  Json entries = Json::object();
  for (const auto& [key, value] : inspection.entries) entries[key] = value;
  return {{"producer", inspection.producer},
          {"source_name", inspection.source_name},
          {"source_sha256", inspection.source_sha256},
          {"labels", inspection.labels},
          {"entries", entries}};
}

Json report_json(const Model& model, const Inspection& inspection, const std::string& path) {
  return {{"file", path},
          {"name", inspection.name},
          {"format_version", inspection.format_version},
          {"inputs", inputs_json(model)},
          {"outputs", outputs_json(model)},
          {"operators", operators_json(inspection)},
          {"totals",
           {{"file_bytes", inspection.file_bytes},
            {"operators", inspection.operators.size()},
            {"macs", inspection.macs},
            {"parameter_bytes", inspection.parameter_bytes},
            {"isa", inspection.isa},
            {"arena_bytes", inspection.arena_bytes},
            {"arena_lower_bound", inspection.arena_lower_bound},
            {"packed_bytes", inspection.packed_bytes},
            {"tests", inspection.tests}}},
          {"metadata", metadata_json(inspection)}};
}

void run(const std::string& path, bool json) {
  const std::vector<std::byte> file = read_file(path);
  if (file.empty()) throw work_failed(input_name(path), "is empty; give a .qfb file");
  const Model model = borrow_model(file, input_name(path));
  const Inspection inspection = inspect(file, make_plan(model, input_name(path)));
  if (json) {
    print_json(report_json(model, inspection, path));
  } else {
    print_report(model, inspection, path);
  }
}

}  // namespace
}  // namespace qrun::tools

int main(int argc, char** argv) {
  std::string path;
  bool json = false;
  CLI::App app("Shows what a .qfb model holds and costs: tensors, operators, sizes, memory, metadata.", "qinspect");
  app.set_version_flag("--version", std::string("qinspect ") + qrun_version());
  app.add_option("MODEL.qfb", path, "The network, as qconvert writes it")->type_name("")->required();
  app.add_flag("--json", json, "Print JSON");
  app.footer(
      "Memory and steps are those of QRUN_ISA's plan, else the best instruction set's, on one thread. Operators of "
      "one step run together, some image rows at a time; one without a step costs nothing.\n" +
      std::string(qrun::tools::kExitStatusHelp));
  return qrun::tools::run_command(app, argc, argv, [&] { qrun::tools::run(path, json); });
}
