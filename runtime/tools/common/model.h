// Opening models and planning them, with the library's statuses turned into the commands' failures.

#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "qrun/qrun.hpp"

namespace qrun::tools {

Model open_model(const std::string& path);
// Borrows the bytes, which were read from `path`.
Model borrow_model(std::span<const std::byte> bytes, const std::string& path);

// What the options ask for and no model or build has is wrong usage; a row that this CPU lacks is failed work.
Plan make_plan(const Model& model, const std::string& model_path, const PlanOptions& options = {});

// Moves this thread to its place beside the plan's others: on the CPU list, or on the fast CPUs.
void pin_caller(const Plan& plan);

// --bands auto|off|all.
void declare_bands(CLI::App& app, qrun_bands& bands);

// --cpu-list LIST.
void declare_cpu_list(CLI::App& app, std::string& cpu_list);

Session make_session(const Plan& plan, const std::string& model_path);

std::int64_t total_macs(const Plan& plan);

// "1519680 bytes arena (these steps need at least 1519680), 4339904 bytes packed weights"
std::string memory_text(const Plan& plan);

// Calls visit(step, index) for every step that runs one operator, those inside the band that is step `index` included.
template <class Visit>
void for_each_operator(const Plan& plan, Visit visit) {
  for (std::size_t i = 0; i < plan.step_count(); ++i) {
    const qrun_step_info& step = plan.step(i);
    if (step.member_count == 0) visit(step, i);
    for (std::size_t m = 0; m < step.member_count; ++m) visit(step.members[m], i);
  }
}

}  // namespace qrun::tools
