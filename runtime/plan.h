// A model compiled for one instruction-set row: a flat array of steps, packed constants, and the arena's layout.
//
// Hop 2 of three. Everything is decided here: kernels, storage domain, where each tensor lies. Running a plan is one
// loop over its steps; nothing in it can fail.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/band.h"
#include "runtime/kernel_params.h"
#include "runtime/model.h"
#include "runtime/plan/packed_constants.h"
#include "runtime/status.h"
#include "runtime/team.h"

namespace qrun::runtime {

// Where an operand's bytes are: in the session's arena, in the plan's constants, or in the model's file.
struct Location {
  enum class Space : std::uint8_t { kNone, kArena, kPlan, kFile };
  Space space = Space::kNone;
  std::size_t offset = 0;  // for kFile from the file's root table, which everything in a file lies behind
};

struct Step {
  kernels::KernelFunction run = nullptr;
  KernelParams params;
  std::unique_ptr<const Band> band;  // what it is given instead, where it is several steps at once
  std::int32_t units = 0;
  std::int32_t grain = 1;  // ranges are cut at multiples of it
  std::int32_t parts = 1;  // ranges worth running at once, at most the plan's threads
  Location input[2], output, constant;
};

struct DraftStep;

struct PlanOptions {
  std::string isa;  // empty: QRUN_ISA, else the best available
  int threads = 0;  // 0: as many as cpu_list names, else 1
  bool preserve_inputs = false;
  std::int32_t bands = QRUN_BANDS_AUTO;
  std::int32_t band_rows = 0;  // of every band; 0: as many as fit the cache
  std::int32_t batch = 1;      // samples of a run
  std::string pack_cache;      // a folder for packed weights; empty: none
  std::string cpu_list;        // where each thread is pinned; empty: nowhere
};

class Plan {
 public:
  static Result<std::shared_ptr<const Plan>> create(std::shared_ptr<const Model> model, const PlanOptions& options);

  const Model& model() const { return *model_; }
  const kernels::Row& row() const { return *row_; }
  const Team& team() const { return team_; }
  std::int32_t batch() const { return batch_; }
  std::span<const Step> steps() const { return steps_; }
  std::span<const qrun_step_info> step_infos() const { return step_infos_; }
  const std::uint8_t* constants() const { return constants_.data(); }
  std::size_t packed_bytes() const { return constants_.size(); }

  std::size_t arena_bytes() const { return arena_bytes_; }              // activations and scratch
  std::size_t arena_lower_bound() const { return arena_lower_bound_; }  // with the best possible layout
  std::size_t scratch_offset() const { return scratch_offset_; }
  std::size_t scratch_stride() const { return scratch_stride_; }                 // between threads
  std::span<const std::size_t> input_offsets() const { return input_offsets_; }  // in the arena
  std::span<const Location> outputs() const { return outputs_; }                 // an output may be a constant
  // The address of a location's bytes in a session with this arena; null for kNone.
  const std::uint8_t* resolve(const Location& location, const std::uint8_t* arena) const;

 private:
  qrun_step_info describe(const DraftStep& step);

  std::shared_ptr<const Model> model_;
  const kernels::Row* row_ = nullptr;
  Team team_;
  std::int32_t batch_ = 1;
  std::vector<Step> steps_;
  std::vector<qrun_step_info> step_infos_;
  // What these point to.
  std::vector<std::vector<qrun_step_info>> member_infos_;
  std::deque<std::string> kernel_names_;
  PackedConstants constants_;
  std::size_t arena_bytes_ = 0, arena_lower_bound_ = 0, scratch_offset_ = 0, scratch_stride_ = 0;
  std::vector<std::size_t> input_offsets_;
  std::vector<Location> outputs_;
};

}  // namespace qrun::runtime
