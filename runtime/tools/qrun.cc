// qrun: runs a .qfb model on raw input files.
//
// The order matters: everything that can fail fails before the first run, the outputs get their names together at the
// end, and only then is the report printed.

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "runtime/tools/answer.h"
#include "runtime/tools/common/command.h"
#include "runtime/tools/common/digest.h"
#include "runtime/tools/common/input_file.h"
#include "runtime/tools/common/model.h"
#include "runtime/tools/common/output_file.h"
#include "runtime/tools/common/progress.h"
#include "runtime/tools/measure.h"
#include "runtime/tools/options.h"
#include "runtime/tools/samples.h"

namespace qrun::tools {
namespace {

constexpr std::size_t kDefaultTop = 5;
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

void check_output_count(const Options& options, const Model& model) {
  if (options.outputs.empty() || options.outputs.size() == model.output_count()) return;
  throw wrong_usage("-o", fmt::format("{} given, the model has {} outputs; give one for each, in order",
                                      options.outputs.size(), model.output_count()));
}

std::size_t element_count(const TensorInfo& info) {
  std::size_t count = 1;
  for (const std::int32_t extent : info.shape()) count *= static_cast<std::size_t>(extent);
  return count;
}

// Labels are the file's, or the model's where there is one for each element.
Ranking first_output_ranking(const Options& options, const Model& model) {
  const std::size_t elements = element_count(model.output(0));
  Ranking ranking;
  if (!options.labels.empty()) {
    ranking.labels = read_lines(options.labels);
    if (ranking.labels.size() != elements) {
      throw work_failed(options.labels, fmt::format("has {} lines, output {} has {} elements; give one label a line",
                                                    ranking.labels.size(), model.output(0).name(), elements));
    }
  } else if (model.label_count() == elements) {
    for (std::size_t i = 0; i < elements; ++i) ranking.labels.emplace_back(model.label(i));
  }
  if (options.top_k) {
    ranking.count = static_cast<std::size_t>(*options.top_k);
  } else if (!ranking.labels.empty()) {
    ranking.count = kDefaultTop;
  }
  return ranking;
}

// Runs all samples, writing their outputs where asked.
class Runner {
 public:
  Runner(const Options& options, const Model& model)
      : options_(options), model_(model), ranking_(first_output_ranking(options, model)) {
    for (const std::string& path : options.outputs) files_.emplace_back(path);
  }

  void run(Session& session, const Samples& samples) {
    Progress progress(samples.count());
    for (std::size_t i = 0; i < samples.count(); ++i) {
      samples.load(session, i);
      session.run();
      take_outputs(session, i, samples.count() == 1);
      progress.advance();
    }
    for (OutputFile& file : files_) file.close();
    for (OutputFile& file : files_) file.commit();
  }

  const std::string& summary() const { return summary_; }
  const Json& results() const { return results_; }
  std::string digest() { return digest_.finish(); }

 private:
  void take_outputs(const Session& session, std::size_t sample, bool only) {
    Json outputs = Json::array();
    for (std::size_t i = 0; i < model_.output_count(); ++i) {
      const std::span<const std::byte> bytes = session.output<std::byte>(i);
      const Ranking ranking = i == 0 ? ranking_ : Ranking{};
      if (!files_.empty()) files_[i].write(bytes);
      digest_.update(bytes);
      if (options_.json) {
        outputs.push_back(to_json(model_.output(i), bytes, ranking));
      } else if (options_.summary()) {
        summary_ += only ? describe(model_.output(i), bytes, ranking)
                         : fmt::format("{}  {}\n", sample, describe_briefly(model_.output(i), bytes, ranking));
      }
    }
    if (options_.json) results_.push_back({{"outputs", std::move(outputs)}});
  }

  const Options& options_;
  const Model& model_;
  const Ranking ranking_;
  std::deque<OutputFile> files_;  // a deque: they do not move
  Digest digest_;
  std::string summary_;
  Json results_ = Json::array();  // per sample
};

Json infos_json(const Model& model, std::size_t count, TensorInfo (Model::*info)(std::size_t) const) {
  Json list = Json::array();
  for (std::size_t i = 0; i < count; ++i) list.push_back(to_json((model.*info)(i)));
  return list;
}

Json head_json(const Options& options, const Model& model, const Plan& plan, const Samples& samples) {
  return {{"model", options.model},
          {"isa", plan.isa()},
          {"threads", options.threads},
          {"arena_bytes", plan.arena_bytes()},
          {"packed_bytes", plan.packed_bytes()},
          {"inputs", infos_json(model, model.input_count(), &Model::input)},
          {"outputs", infos_json(model, model.output_count(), &Model::output)},
          {"samples", samples.count()}};
}

// What --repeat and --profile ask for: measured after the answers are safe.
void report_measurements(const Options& options, Session& session, const Plan& plan, const Samples& samples, Json& json) {
  if (options.repeat > 0) {
    const Latency latency = measure_latency(session, samples, options.repeat, options.warmup);
    json["latency_us"] = to_json(latency);
    if (!options.json) fmt::print("{}", latency_text(latency, options.repeat));
  }
  if (options.profile) {
    const int repeat = options.repeat > 0 ? options.repeat : kProfileRepeat;
    const std::vector<double> times = measure_steps(session, plan, samples, repeat, options.warmup);
    json["profile"] = profile_json(plan, times);
    if (!options.json) fmt::print("{}", profile_text(plan, times));
  }
}

void run(const Options& options) {
  check_options(options);
  if (options.list_isa) return list_isa(options.json);

  const Model model = open_model(options.model);
  check_output_count(options, model);
  const Samples samples = Samples::read(model, options.inputs);
  const Plan plan = make_plan(model, options.model, options.isa, options.threads);
  Session session = make_session(plan, options.model);

  Runner runner(options, model);
  runner.run(session, samples);

  fmt::print("{}", runner.summary());
  Json json = head_json(options, model, plan, samples);
  json["results"] = runner.results();
  json["digest"] = runner.digest();
  if (options.digest && !options.json) fmt::print("{}\n", json["digest"].get<std::string>());
  report_measurements(options, session, plan, samples, json);
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
