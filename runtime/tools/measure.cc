#include "runtime/tools/measure.h"

#include <fmt/format.h>

#include <numeric>

#include "runtime/tools/common/command.h"
#include "runtime/tools/common/model.h"
#include "runtime/tools/common/table.h"

namespace qrun::tools {
namespace {

// Calls `run(timed)` warmup + repeat times, each with fresh inputs: a run may overwrite them.
template <class Run>
void repeat_runs(Session& session, const Samples& samples, int repeat, int warmup, Run&& run) {
  const auto batch = static_cast<std::size_t>(session.batch());
  for (int i = -warmup; i < repeat; ++i) {
    samples.load(session, static_cast<std::size_t>(i + warmup) * batch);
    run(i >= 0);
  }
}

std::span<const std::int32_t> shape_of(const qrun_step_info& step) { return {step.shape, step.rank}; }

Json step_json(const qrun_step_info& step) {
  return {{"operator", step.operator_type},
          {"operator_index", step.operator_index < 0 ? Json() : Json(step.operator_index)},
          {"output", step.output_name},
          {"shape", shape_of(step)},
          {"kernel", step.kernel},
          {"macs", step.macs}};
}

// The operator's number in the file, as qinspect shows it.
std::string operator_text(const qrun_step_info& step) {
  return step.operator_index < 0 ? "" : std::to_string(step.operator_index);
}

double share_of(double part, double whole) { return whole > 0.0 ? part / whole : 0.0; }

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace

Latency measure_latency(Session& session, const Samples& samples, int repeat, int warmup) {
  std::vector<Nanoseconds> times;
  times.reserve(static_cast<std::size_t>(repeat));
  repeat_runs(session, samples, repeat, warmup, [&](bool timed) {
    const Nanoseconds time = time_of([&] { session.run(); });
    if (timed) times.push_back(time);
  });
  return summarize(std::move(times));
}

std::vector<double> measure_steps(Session& session, const Plan& plan, const Samples& samples, int repeat, int warmup) {
  std::vector<std::vector<Nanoseconds>> times(plan.step_count());
  for (auto& step_times : times) step_times.reserve(static_cast<std::size_t>(repeat));
  repeat_runs(session, samples, repeat, warmup, [&](bool timed) {
    for (std::size_t step = 0; step < plan.step_count(); ++step) {
      const Nanoseconds time = time_of([&] { session.run_step(step); });
      if (timed) times[step].push_back(time);
    }
  });
  std::vector<double> medians;
  medians.reserve(times.size());
  for (auto& step_times : times) medians.push_back(summarize(std::move(step_times)).median_us);
  return medians;
}

std::string latency_text(const Latency& latency, int repeat, int batch) {
  const std::string runs =
      batch > 1 ? fmt::format("{} runs of {} samples", repeat, batch) : fmt::format("{} runs", repeat);
  return fmt::format("latency of {} in us: min {:.1f}, median {:.1f}, p90 {:.1f}, p99 {:.1f}\n", runs, latency.min_us,
                     latency.median_us, latency.p90_us, latency.p99_us);
}

std::string profile_text(const Plan& plan, const std::vector<double>& microseconds) {
  const double total = sum(microseconds);
  Table table(
      {">step", ">op", "operator", "output", "shape", "kernel", ">threads", ">us", ">MACs", ">GMAC/s", ">share"});
  const auto figures = [&](double time, std::int64_t macs) {
    return std::vector<std::string>{fmt::format("{:.2f}", time), macs > 0 ? std::to_string(macs) : "-",
                                    macs > 0 ? fmt::format("{:.2f}", giga_per_second(macs, time)) : "-",
                                    fmt::format("{:.1f} %", 100.0 * share_of(time, total))};
  };
  const auto add = [&](std::vector<std::string> cells, double time, std::int64_t macs) {
    for (std::string& cell : figures(time, macs)) cells.push_back(std::move(cell));
    table.add(std::move(cells));
  };
  for (std::size_t i = 0; i < plan.step_count(); ++i) {
    const qrun_step_info& step = plan.step(i);
    add({std::to_string(i), operator_text(step), step.operator_type, printable(shorten(step.output_name, 32)),
         shape_text(shape_of(step)), step.kernel, std::to_string(step.threads)},
        microseconds[i], step.macs);
    for (std::size_t m = 0; m < step.member_count; ++m) {
      const qrun_step_info& member = step.members[m];
      table.add({"", operator_text(member), fmt::format("  {}", member.operator_type),
                 printable(shorten(member.output_name, 32)), shape_text(shape_of(member)), member.kernel, "", "",
                 member.macs > 0 ? std::to_string(member.macs) : ""});
    }
  }
  add({"", "", "total", "", "", std::string(plan.isa()), ""}, total, total_macs(plan));
  return table.text();
}

Json profile_json(const Plan& plan, const std::vector<double>& microseconds) {
  const double total = sum(microseconds);
  Json steps = Json::array();
  for (std::size_t i = 0; i < plan.step_count(); ++i) {
    const qrun_step_info& info = plan.step(i);
    Json step = step_json(info);
    step["time_us"] = microseconds[i];
    step["gmacs_per_second"] = giga_per_second(info.macs, microseconds[i]);
    step["share"] = share_of(microseconds[i], total);
    step["threads"] = info.threads;
    for (std::size_t m = 0; m < info.member_count; ++m) step["members"].push_back(step_json(info.members[m]));
    steps.push_back(std::move(step));
  }
  const std::int64_t macs = total_macs(plan);
  return {{"steps", std::move(steps)},
          {"total_us", total},
          {"macs", macs},
          {"gmacs_per_second", giga_per_second(macs, total)}};
}

}  // namespace qrun::tools
