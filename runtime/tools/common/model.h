// Opening models and planning them, with the library's statuses turned into the commands' failures.

#pragma once

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

Session make_session(const Plan& plan, const std::string& model_path);

std::int64_t total_macs(const Plan& plan);

}  // namespace qrun::tools
