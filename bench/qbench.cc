// qbench: Google Benchmark over whole models.
//
// A benchmark is MODEL/threads:N, with /batch:N and /isa:NAME where those are asked for. Inputs are pseudo-random
// bytes, the same every time, filled once: the plan preserves them, so that nothing but the run is timed.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/display.h"
#include "runtime/tools/common/command.h"
#include "runtime/tools/common/model.h"
#include "runtime/tools/common/statistics.h"

namespace qrun::tools {
namespace {

struct Options {
  std::vector<std::string> models;
  std::vector<int> threads = {0};  // 0: as many as cpu_list names, else 1
  std::string cpu_list;
  std::vector<int> batches = {1};
  std::vector<std::string> isas = {""};  // "": QRUN_ISA, else the best
  qrun_bands bands = QRUN_BANDS_AUTO;
};

// A linear congruential generator's high bytes (Knuth's MMIX constants).
void fill_inputs(const Model& model, Session& session) {
  std::uint64_t state = 1;
  for (std::size_t i = 0; i < model.input_count(); ++i) {
    for (std::byte& byte : session.input<std::byte>(i)) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      byte = static_cast<std::byte>(state >> 56);
    }
  }
}

// Wall-clock time and rates: Google Benchmark's own rates divide by the CPU time of the calling thread. Items: samples.
void time_runs(benchmark::State& state, Session& session, std::int64_t macs) {
  const auto start = std::chrono::steady_clock::now();
  for (auto iteration : state) session.run();
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
  const auto items = static_cast<double>(session.batch() * state.iterations());
  if (time.count() > 0) state.counters["items_per_second"] = items * 1e6 / time.count();
  if (macs > 0) state.counters["GMAC/s"] = giga_per_second(macs * state.iterations(), time.count());
}

// Planned here, so that every mistake is found before the first figure is printed; the session lives only while timed.
void add_benchmark(const std::string& path, const Options& options, const PlanOptions& plan_options) {
  auto model = std::make_shared<Model>(open_model(path));
  auto plan = std::make_shared<Plan>(make_plan(*model, path, plan_options));
  std::string name = fmt::format("{}/threads:{}", std::filesystem::path(path).stem().string(), plan->threads());
  if (options.batches != std::vector{1}) name += fmt::format("/batch:{}", plan->batch());
  if (options.isas.size() > 1) name += fmt::format("/isa:{}", plan->isa());
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    pin_caller(*plan);
    Session session = make_session(*plan, path);
    fill_inputs(*model, session);
    time_runs(state, session, total_macs(*plan));
  })->Unit(benchmark::kMicrosecond);
}

void run(const Options& options) {
  for (const std::string& model : options.models) {
    for (const int threads : options.threads) {
      for (const int batch : options.batches) {
        for (const std::string& isa : options.isas) {
          add_benchmark(model, options,
                        {.threads = threads,
                         .isa = isa.c_str(),
                         .preserve_inputs = true,
                         .batch = batch,
                         .bands = options.bands,
                         .cpu_list = options.cpu_list.c_str()});
        }
      }
    }
  }
  bench::run_benchmarks();
}

// Returns the arguments that are not Google Benchmark's. It sees only those that look like its own: --help is ours.
std::vector<char*> initialize_google_benchmark(int argc, char** argv) {
  std::vector<char*> ours{argv[0]}, theirs{argv[0]};
  for (int i = 1; i < argc; ++i) {
    (std::string_view(argv[i]).starts_with("--benchmark_") ? theirs : ours).push_back(argv[i]);
  }
  int unknown = static_cast<int>(theirs.size());
  benchmark::Initialize(&unknown, theirs.data());
  ours.insert(ours.end(), theirs.begin() + 1, theirs.begin() + unknown);
  return ours;
}

}  // namespace
}  // namespace qrun::tools

int main(int argc, char** argv) {
  qrun::tools::Options options;
  CLI::App app("Measures whole models with Google Benchmark.", "qbench");
  app.set_version_flag("--version", std::string("qbench ") + qrun_version());
  app.add_option("MODEL.qfb", options.models, "Networks, as qconvert writes them")->type_name("")->required();
  app.add_option("--threads", options.threads,
                 "Numbers of threads, comma-separated, each 1 to 256; default: one for each CPU of --cpu-list, else 1")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("N")
      ->check(qrun::tools::between(1, 256));
  app.add_option("--batch", options.batches, "Samples of a run, comma-separated; default: 1")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("N")
      ->check(qrun::tools::between(1, 1'000'000));
  app.add_option("--isa", options.isas, "Instruction sets, comma-separated; default: QRUN_ISA, else the best")
      ->delimiter(',')
      ->type_name("NAME")
      ->allow_extra_args(false);
  qrun::tools::declare_bands(app, options.bands);
  qrun::tools::declare_cpu_list(app, options.cpu_list);
  app.footer("Google Benchmark's flags (--benchmark_filter, --benchmark_format=json, ...) are passed on.\n" +
             std::string(qrun::tools::kExitStatusHelp));
  std::vector<char*> arguments = qrun::tools::initialize_google_benchmark(argc, argv);
  return qrun::tools::run_command(app, static_cast<int>(arguments.size()), arguments.data(),
                                  [&] { qrun::tools::run(options); });
}
