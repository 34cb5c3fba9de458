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

// `isa` empty: QRUN_ISA, else the best. An unknown name is wrong usage; one that this CPU lacks is failed work.
Plan make_plan(const Model& model, const std::string& model_path, const std::string& isa, int threads,
               bool preserve_inputs = false, const std::string& pack_cache = {});

Session make_session(const Plan& plan, const std::string& model_path);

std::int64_t total_macs(const Plan& plan);

// "1519680 bytes arena (no layout needs less than 1519680), 4339904 bytes packed"
std::string memory_text(const Plan& plan);

}  // namespace qrun::tools
