#include "runtime/tools/common/model.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "runtime/tools/common/command.h"

namespace qrun::tools {
namespace {

template <class T>
T value_or_fail(Result<T> result, const std::string& path) {
  if (result) return *std::move(result);
  const Status& status = result.status();
  const std::string message(status.message());
  switch (status.code()) {
    case QRUN_INVALID_ARGUMENT:
      throw Failure(ExitStatus::kWrongUsage, message);
    default:  // what comes of opening a file names it already
      if (message.starts_with(path + ": ")) throw Failure(ExitStatus::kWorkFailed, message);
      throw work_failed(path, message);
  }
}

}  // namespace

Model open_model(const std::string& path) { return value_or_fail(Model::from_file(path.c_str()), path); }

Model borrow_model(std::span<const std::byte> bytes, const std::string& path) {
  return value_or_fail(Model::from_buffer(bytes), path);
}

Plan make_plan(const Model& model, const std::string& model_path, const PlanOptions& options) {
  return value_or_fail(Plan::create(model, options), model_path);
}

void pin_caller(const Plan& plan) {
  if (const Status status = plan.pin_caller(); !status.ok()) throw work_failed("--cpu-list", status.message());
}

void declare_bands(CLI::App& app, qrun_bands& bands) {
  static const std::map<std::string, qrun_bands> kNames = {
      {"auto", QRUN_BANDS_AUTO}, {"off", QRUN_BANDS_OFF}, {"all", QRUN_BANDS_ALL}};
  app.add_option_function<std::string>(
         "--bands", [&bands](const std::string& name) { bands = kNames.at(name); },
         "Run several operators at once, some image rows at a time: auto, where faster (the default), off, or all, "
         "wherever possible")
      ->type_name("WHERE")
      ->check(CLI::IsMember(kNames));
}

void declare_cpu_list(CLI::App& app, std::string& cpu_list) {
  app.add_option("--cpu-list", cpu_list,
                 "Pin each thread to a CPU of its own, in this order, as in 4-7 or 0,2,4-5; default: none, but threads "
                 "keep to the fast CPUs where some are slow")
      ->type_name("LIST")
      ->check(CLI::Validator([](const std::string& list) { return std::string(list.empty() ? "is empty" : ""); }, ""));
}

Session make_session(const Plan& plan, const std::string& model_path) {
  return value_or_fail(Session::create(plan), model_path);
}

std::int64_t total_macs(const Plan& plan) {
  std::int64_t macs = 0;
  for (std::size_t i = 0; i < plan.step_count(); ++i) macs += plan.step(i).macs;
  return macs;
}

std::string memory_text(const Plan& plan) {
  return fmt::format("{} bytes arena (these steps need at least {}), {} bytes packed weights", plan.arena_bytes(),
                     plan.arena_lower_bound(), plan.packed_bytes());
}

}  // namespace qrun::tools
