#include "runtime/tools/options.h"

#include <algorithm>
#include <filesystem>

#include "qrun/qrun.h"
#include "runtime/tools/common/command.h"
#include "runtime/tools/common/model.h"
#include "runtime/tools/common/output_file.h"

namespace qrun::tools {
namespace {

bool is_device(const std::string& path) {
  std::error_code ignored;
  return path == "-" || std::filesystem::is_other(std::filesystem::status(path, ignored));
}

void check_output(const Options& options, std::size_t index) {
  const std::string& output = options.outputs[index];
  if (is_device(output)) return;
  const auto is_output = [&](const std::string& path) { return same_file(path, output); };
  if (is_output(options.model)) throw wrong_usage(output, "is the model; give -o another path");
  if (std::any_of(options.inputs.begin(), options.inputs.end(), is_output)) {
    throw wrong_usage(output, "is also an input; give -o another path");
  }
  if (!options.labels.empty() && is_output(options.labels)) {
    throw wrong_usage(output, "is the labels' file; give -o another path");
  }
  const auto begin = options.outputs.begin();
  if (std::any_of(begin, begin + static_cast<std::ptrdiff_t>(index), is_output)) {
    throw wrong_usage(output, "is given twice; give each output its own path");
  }
}

}  // namespace

bool Options::summary() const {
  return top_k > 0 || !labels.empty() || (outputs.empty() && dump.empty() && !digest && !profile && repeat == 0);
}

void declare_options(CLI::App& app, Options& options) {
  app.set_version_flag("--version", std::string("qrun ") + qrun_version());
  app.add_option("MODEL.qfb", options.model, "The network, as qconvert writes it")->type_name("");
  app.add_option("INPUT.bin", options.inputs,
                 "Raw bytes of the model's inputs, one file each, in order; - is stdin. A file N times an input's size "
                 "is N samples")
      ->type_name("");
  app.add_option("-o,--output", options.outputs,
                 "Write raw output bytes of all samples here; once per output, in order; - is stdout")
      ->type_name("FILE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--top-k", options.top_k, "Show the N greatest elements of the first output")
      ->type_name("N")
      ->check(between(1, 1'000'000));
  app.add_option("--labels", options.labels, "Class names of the first output, one a line; default: the model's own")
      ->type_name("FILE");
  app.add_option("-t,--threads", options.threads,
                 "Threads to run on, 1 to 256; default: one for each CPU of --cpu-list, else 1")
      ->type_name("N")
      ->check(between(1, 256));
  declare_cpu_list(app, options.cpu_list);
  app.add_option("--batch", options.batch,
                 "Samples that a run computes at once: the same bytes, other times; default: 1")
      ->type_name("N")
      ->check(between(1, 1'000'000));
  app.add_option("--isa", options.isa, "Instruction set, one of --list-isa; default: QRUN_ISA, else the best")
      ->type_name("NAME");
  declare_bands(app, options.bands);
  app.add_option("--pack-cache", options.pack_cache,
                 "Keep packed weights in this folder, and take them from there; trust it as you do this program")
      ->type_name("DIR");
  app.add_flag("--list-isa", options.list_isa, "List the instruction sets and whether this CPU has them");
  app.add_option("--repeat", options.repeat,
                 "Measure the latency of N runs, each of one sample or --batch; the samples take turns")
      ->type_name("N")
      ->check(between(1, 1'000'000'000));
  app.add_option("--warmup", options.warmup, "Untimed runs before those of --repeat and --profile; default: 10")
      ->type_name("N")
      ->check(between(0, 1'000'000'000));
  app.add_flag("--profile", options.profile,
               "Show each step's kernel and median time (of --repeat runs, or 50), of a batch where one is asked for");
  app.add_option("--dump", options.dump,
                 "Write every tensor that is computed, of all samples, into this new folder, with a manifest.json")
      ->type_name("DIR");
  app.add_flag("--digest", options.digest, "Show the SHA-256 of all outputs, sample after sample");
  app.add_flag("--json", options.json, "Print everything as JSON, with all output elements");
  app.footer("Without -o, --dump, --digest, --repeat or --profile the outputs are described on stdout.\n" +
             std::string(kExitStatusHelp));
}

void check_options(const Options& options) {
  if (options.list_isa) return;
  if (options.model.empty()) throw Failure(ExitStatus::kWrongUsage, "MODEL.qfb is required; see qrun --help");
  if (options.model == "-") throw wrong_usage("-", "the model is mapped and cannot be stdin; give a path");
  if (std::count(options.inputs.begin(), options.inputs.end(), "-") > 1) {
    throw wrong_usage("-", "stdin can be only one of the inputs; give the others as files");
  }
  const bool stdout_is_output = std::count(options.outputs.begin(), options.outputs.end(), "-") > 0;
  if (std::count(options.outputs.begin(), options.outputs.end(), "-") > 1) {
    throw wrong_usage("-o -", "stdout can be only one of the outputs; give the others as files");
  }
  if (stdout_is_output && (options.json || options.digest || options.profile || options.repeat || options.summary())) {
    throw wrong_usage("-o -", "stdout cannot hold raw bytes and a report; write the output to a file");
  }
  for (std::size_t i = 0; i < options.outputs.size(); ++i) check_output(options, i);
}

}  // namespace qrun::tools
