// qrun: runs a .qfb model on raw input files.
//
// The order matters: what can fail fails before the first run, the outputs get their names together after the last, and
// only then is anything reported or measured.

#include <fmt/format.h>

#include "runtime/tools/common/command.h"
#include "runtime/tools/common/model.h"
#include "runtime/tools/dump.h"
#include "runtime/tools/measure.h"
#include "runtime/tools/options.h"
#include "runtime/tools/runner.h"
#include "runtime/tools/samples.h"

namespace qrun::tools {
namespace {

constexpr int kProfileRepeat = 50;

void list_isa(bool json) {
  Json list = Json::array();
  for (std::size_t i = 0; const char* name = qrun_isa_name(i); ++i) {
    const bool available = qrun_isa_available(i) != 0;
    list.push_back({{"name", name}, {"available", available}});
    if (!json) fmt::print("{:<12} {}\n", name, available ? "available" : "not on this CPU");
  }
  if (json) print_json(list);
}

Json head_json(const Options& options, const Model& model, const Plan& plan, const Samples& samples) {
  return {{"model", options.model},
          {"isa", plan.isa()},
          {"threads", plan.threads()},
          {"batch", plan.batch()},
          {"arena_bytes", plan.arena_bytes()},
          {"arena_lower_bound", plan.arena_lower_bound()},
          {"packed_bytes", plan.packed_bytes()},
          {"inputs", inputs_json(model)},
          {"outputs", outputs_json(model)},
          {"samples", samples.count()}};
}

void measure(const Options& options, Session& session, const Plan& plan, const Samples& samples, Json& json) {
  if (options.repeat > 0) {
    const Latency latency = measure_latency(session, samples, options.repeat, options.warmup);
    json["repeat"] = options.repeat;
    json["latency_us"] = to_json(latency);
    if (!options.json) fmt::print("{}", latency_text(latency, options.repeat, plan.batch()));
  }
  if (options.profile) {
    const int repeat = options.repeat > 0 ? options.repeat : kProfileRepeat;
    const std::vector<double> times = measure_steps(session, plan, samples, repeat, options.warmup);
    json["profile"] = profile_json(plan, times);
    if (!options.json) fmt::print("memory: {}\n{}", memory_text(plan), profile_text(plan, times));
  }
}

PlanOptions plan_options_of(const Options& options) {
  return {.threads = options.threads,
          .isa = options.isa.c_str(),
          .batch = options.batch,
          .bands = options.bands,
          .pack_cache = options.pack_cache.c_str(),
          .cpu_list = options.cpu_list.c_str()};
}

void run(const Options& options) {
  check_options(options);
  if (options.list_isa) return list_isa(options.json);

  const Model model = open_model(options.model);
  const PlanOptions plan_options = plan_options_of(options);
  const Plan plan = make_plan(model, options.model, plan_options);
  pin_caller(plan);
  Samples samples = Samples::read(model, options.inputs);
  Session session = make_session(plan, options.model);
  Runner runner(options, model);
  const std::string dumped = options.dump.empty() ? "" : dump_tensors(options, plan_options, samples);
  runner.run(session, samples);
  if (!dumped.empty() && dumped != runner.digest()) {
    throw work_failed(options.dump, "its outputs are not the ordinary run's; this is a bug in qrun, please report it");
  }

  Json json = head_json(options, model, plan, samples);
  json["results"] = runner.results();
  json["digest"] = runner.digest();
  fmt::print("{}", runner.summary());
  if (options.digest && !options.json) fmt::print("{}\n", runner.digest());
  measure(options, session, plan, samples, json);
  if (options.json) print_json(json);
}

}  // namespace
}  // namespace qrun::tools

int main(int argc, char** argv) {
  qrun::tools::Options options;
  CLI::App app("Runs a quantized network with integer arithmetic only: the same bytes on every CPU.", "qrun");
  qrun::tools::declare_options(app, options);
  return qrun::tools::run_command(app, argc, argv, [&] { qrun::tools::run(options); });
}
