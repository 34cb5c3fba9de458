// qconvert: a trained, quantized network becomes one .qfb file.
//
// The result takes its name only after the runtime has loaded and planned it; a failure leaves nothing behind.

#include <fmt/format.h>

#include <charconv>
#include <deque>
#include <filesystem>
#include <map>

#include "converter/calibrate/report_html.h"
#include "converter/calibrate/report_json.h"
#include "converter/convert.h"
#include "converter/refusal.h"
#include "converter/tools/calibration_options.h"
#include "converter/tools/inspection.h"
#include "runtime/tools/common/command.h"
#include "runtime/tools/common/input_file.h"
#include "runtime/tools/common/model.h"
#include "runtime/tools/common/output_file.h"
#include "runtime/tools/common/tensor.h"

namespace qrun::tools {
namespace {

struct Options {
  std::string source, output, labels;
  std::vector<std::string> metadata;  // KEY=VALUE
  std::vector<std::string> shapes;    // NAME=1,3,224,224
  std::string layout = "nchw";        // of an .onnx's images at its inputs and outputs
  CalibrationOptions calibration;
  bool quiet = false, json = false;
};

void declare_options(CLI::App& app, Options& options) {
  app.set_version_flag("--version", std::string("qconvert ") + qrun_version());
  app.add_option("MODEL", options.source,
                 "The trained network, .tflite or .onnx: quantized to int8 or uint8, or float with --calibrate")
      ->type_name("")
      ->required();
  app.add_option("-o,--output", options.output, "The file to write; - is stdout")->type_name("FILE")->required();
  app.add_option("--labels", options.labels, "Class names of the first output, one a line")->type_name("FILE");
  app.add_option("--meta", options.metadata, "An entry to store in the file; may be given more than once")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--shape", options.shapes, "The shape of an .onnx input that the file leaves open; once for each")
      ->type_name("NAME=1,3,224,224")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--layout", options.layout, "Images at an .onnx's inputs and outputs: nchw as in the file, or nhwc")
      ->type_name("nchw|nhwc")
      ->check(CLI::IsMember({"nchw", "nhwc"}));
  options.calibration.declare(app);
  app.add_flag("-q,--quiet", options.quiet, "Print no summary");
  app.add_flag("--json", options.json, "Print the summary as JSON");
  app.footer(kExitStatusHelp);
}

// Nothing that is read, or written already, is written.
void check_files(const Options& options) {
  std::vector<std::pair<std::string, const char*>> taken{{options.source, "is the source"}};
  if (!options.labels.empty()) taken.emplace_back(options.labels, "is the labels' file");
  for (const std::string& data : options.calibration.data) taken.emplace_back(data, "holds the samples");
  std::vector<std::pair<std::string, std::string>> outputs{{options.output, options.output}};
  for (const std::string& report : options.calibration.reports) outputs.emplace_back("--report " + report, report);
  for (const auto& [option, output] : outputs) {
    if (output == "-") continue;
    for (const auto& [path, what] : taken) {
      if (same_file(path, output)) throw wrong_usage(option, fmt::format("{}; give another path", what));
    }
    taken.emplace_back(output, "is written already");
  }
}

void check_options(const Options& options) {
  if (options.source == "-") {
    throw wrong_usage("-", "the source's extension tells its format, so it cannot be stdin; give a path");
  }
  if (options.output == "-" && options.json) {
    throw wrong_usage("-o -", "stdout cannot hold the file and a summary; write the file to a path");
  }
  check_files(options);
}

// "NAME=1,3,224,224"; names may hold "=" themselves.
std::pair<std::string, std::vector<std::int64_t>> shape_of(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  std::vector<std::int64_t> extents;
  bool good = equals != std::string::npos && equals > 0;
  for (std::size_t begin = equals + 1; good && begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::int64_t extent = 0;
    const auto [stop, error] = std::from_chars(text.data() + begin, text.data() + end, extent);
    good = error == std::errc() && stop == text.data() + end && extent >= 1;
    extents.push_back(extent);
    begin = end + 1;
  }
  if (!good) throw wrong_usage("--shape " + text, "must be NAME=1,3,224,224: an input's name and its extents");
  return {text.substr(0, equals), extents};
}

converter::ConvertOptions convert_options(const CLI::App& app, const Options& options) {
  converter::ConvertOptions result;
  if (!options.labels.empty()) {
    result.labels = read_lines(options.labels);
    if (result.labels.empty()) throw work_failed(options.labels, "is empty; give one label a line");
  }
  for (const std::string& entry : options.metadata) {
    const std::size_t equals = entry.find('=');
    if (equals == 0 || equals == std::string::npos) throw wrong_usage("--meta " + entry, "must be KEY=VALUE");
    result.metadata.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  for (const std::string& shape : options.shapes)
    result.onnx.shapes.insert_or_assign(shape_of(shape).first, shape_of(shape).second);
  result.onnx.edges_nhwc = options.layout == "nhwc";
  result.calibration = options.calibration.calibration(app);
  return result;
}

converter::Conversion convert(const CLI::App& app, const Options& options) {
  const converter::ConvertOptions how = convert_options(app, options);
  const std::optional<converter::Format> format = converter::format_of(options.source);
  const std::vector<std::byte> bytes = read_file(options.source);
  if (!format) {
    const bool converted = options.source.ends_with(".qfb");
    throw wrong_usage(options.source, converted ? "is converted already; run it with qrun"
                                                : "unknown extension; qconvert reads .tflite and .onnx files");
  }
  if (format != converter::Format::kOnnx && (!options.shapes.empty() || options.layout != "nchw")) {
    throw wrong_usage(options.source, "--shape and --layout are for .onnx files");
  }
  const std::filesystem::path path(options.source);
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  try {
    return converter::convert(
        {{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, path.filename().string(), folder}, how);
  } catch (const converter::Refusal& refusal) {
    for (const std::string& offender : refusal.offenders()) fmt::print(stderr, "qconvert: {}\n", offender);
    throw work_failed(options.source, refusal.what());
  }
}

// All files take their names, or none.
void write_all(const Options& options, const converter::Conversion& conversion) {
  std::deque<OutputFile> files;  // a deque: they do not move
  for (const std::string& path : options.calibration.reports) {
    const converter::calibrate::Report& report = *conversion.report;
    const std::string text = path.ends_with(".html") ? report_html(report) : report_json(report);
    files.emplace_back(path).write(std::as_bytes(std::span(text)));
  }
  files.emplace_back(options.output).write(conversion.file);
  for (OutputFile& file : files) file.close();
  for (OutputFile& file : files) file.commit();
}

std::map<std::string, int> operator_counts(const Inspection& inspection) {
  std::map<std::string, int> counts;
  for (const OperatorReport& op : inspection.operators) ++counts[op.type];
  return counts;
}

void print_summary(const Inspection& inspection, const std::string& path) {
  std::string kinds;
  for (const auto& [type, count] : operator_counts(inspection)) {
    kinds += fmt::format("{}{} {}", kinds.empty() ? ": " : ", ", count, type);
  }
  fmt::print("{:<11} {}  {} bytes\n", "file", printable(path), inspection.file_bytes);
  fmt::print("{:<11} {}{}\n", "operators", inspection.operators.size(), kinds);
  fmt::print("{:<11} {} bytes\n", "parameters", inspection.parameter_bytes);
  fmt::print("{:<11} {}\n", "MACs", inspection.macs);
  fmt::print("{:<11} {}, for {} on one thread\n", "memory", inspection.memory, inspection.isa);
}

Json summary_json(const Inspection& inspection, const std::string& path, const std::vector<std::string>& notes) {
  return {{"file", path},
          {"source_sha256", inspection.source_sha256},
          {"file_bytes", inspection.file_bytes},
          {"operators", operator_counts(inspection)},
          {"parameter_bytes", inspection.parameter_bytes},
          {"macs", inspection.macs},
          {"isa", inspection.isa},
          {"arena_bytes", inspection.arena_bytes},
          {"arena_lower_bound", inspection.arena_lower_bound},
          {"packed_bytes", inspection.packed_bytes},
          {"notes", notes}};
}

void run(const CLI::App& app, const Options& options) {
  check_options(options);
  const converter::Conversion conversion = convert(app, options);
  for (const std::string& note : conversion.notes) fmt::print(stderr, "qconvert: note: {}\n", note);
  const Model model = borrow_model(conversion.file, options.source);
  const Inspection inspection = inspect(conversion.file, make_plan(model, options.source));
  write_all(options, conversion);
  if (options.json) {
    Json json = summary_json(inspection, options.output, conversion.notes);
    if (conversion.report) json["accuracy"] = verdict(*conversion.report);
    print_json(json);
  } else if (!options.quiet && options.output != "-") {
    print_summary(inspection, options.output);
    if (conversion.report) fmt::print("{:<11} {}\n", "accuracy", printable(verdict(*conversion.report)));
  }
}

}  // namespace
}  // namespace qrun::tools

int main(int argc, char** argv) {
  qrun::tools::Options options;
  CLI::App app("Converts a quantized network into a .qfb file for qrun.", "qconvert");
  qrun::tools::declare_options(app, options);
  return qrun::tools::run_command(app, argc, argv, [&] { qrun::tools::run(app, options); });
}
