#include "runtime/plan.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "runtime/plan/arena.h"
#include "runtime/plan/draft.h"
#include "runtime/plan/lowering.h"
#include "runtime/plan/pack_cache.h"
#include "runtime/plan/row_choice.h"

namespace qrun::runtime {
namespace {

constexpr int kMaxThreads = 256;

// A step's cost in units of about a nanosecond of one thread of a current CPU: multiply-accumulates run at tens per
// nanosecond, everything else at about a byte. Only the order of magnitude matters.
std::int64_t cost(const Draft& draft, const DraftStep& step) {
  constexpr std::int64_t kMacsPerNanosecond = 32;
  std::int64_t bytes = 0;
  for (const ValueId id : {step.input[0], step.output}) {
    if (id != kNoValue)
      bytes = std::max(bytes, static_cast<std::int64_t>(draft.values[static_cast<std::size_t>(id)].bytes));
  }
  return step.macs / kMacsPerNanosecond + bytes;
}

// How many threads to share a step among: waking another costs about as much as kWorthSharing.
std::int32_t parts_of(const Draft& draft, const DraftStep& step, int threads) {
  constexpr std::int64_t kWorthSharing = 4096;
  const std::int64_t most = (std::int64_t{step.units} + step.grain - 1) / step.grain;
  const std::int64_t parts = std::min({std::int64_t{threads}, most, cost(draft, step) / kWorthSharing});
  return static_cast<std::int32_t>(std::max<std::int64_t>(parts, 1));
}

Location location_of(const Draft& draft, ValueId id) {
  return id == kNoValue ? Location{} : draft.values[static_cast<std::size_t>(id)].location;
}

Step place(const Draft& draft, const DraftStep& from, int threads) {
  Step step;
  step.run = from.run;
  step.params = from.params;
  step.units = from.units;
  step.grain = from.grain;
  step.parts = parts_of(draft, from, threads);
  for (const int k : {0, 1}) step.input[k] = location_of(draft, from.input[k]);
  step.output = location_of(draft, from.output);
  step.constant = from.constant;
  return step;
}

qrun_step_info describe(const qfb::Model& file, const DraftStep& step, const std::string& kernel) {
  const qfb::Tensor& tensor = *file.tensors()->Get(static_cast<flatbuffers::uoffset_t>(step.tensor));
  qrun_step_info info{};
  info.operator_type = step.operator_type;
  info.output_name = tensor.name() == nullptr ? "" : tensor.name()->c_str();
  info.kernel = kernel.c_str();
  info.shape = shape_of(tensor).data();
  info.rank = shape_of(tensor).size();
  info.operator_index = step.operator_index;
  info.macs = step.macs;
  return info;
}

Status arena_too_large() {
  return {QRUN_OUT_OF_MEMORY, "the model's activations need more memory than can be allocated; use smaller shapes"};
}

// Large arenas are asked for and given back untouched: a hostile file's huge shapes fail here, before anything is
// packed for them. Small ones may be the caller's own on a device whose heap could not hold them.
bool can_allocate(std::uint64_t bytes) {
  constexpr std::uint64_t kLarge = std::uint64_t{1} << 28;
  if (bytes < kLarge) return true;
  return bytes <= std::numeric_limits<std::size_t>::max() / 2 && AlignedBuffer::allocate(bytes).data() != nullptr;
}

Result<PackedConstants> packed_constants(const ConstantPool& pool, const Model& model, const kernels::Row& row,
                                         const PlanOptions& options) {
  if (!options.pack_cache.empty()) return pack_through_cache(pool, model, row, options.threads, options.pack_cache);
  Result<AlignedBuffer> packed = pool.pack(model, options.threads);
  if (!packed.ok()) return packed.status();
  return PackedConstants(std::move(*packed));
}

}  // namespace

const std::uint8_t* Plan::resolve(const Location& location, const std::uint8_t* arena) const {
  switch (location.space) {
    case Location::Space::kArena:
      return arena + location.offset;
    case Location::Space::kPlan:
      return constants_.data() + location.offset;
    case Location::Space::kFile:
      return reinterpret_cast<const std::uint8_t*>(&model_->file()) + location.offset;
    case Location::Space::kNone:
      break;
  }
  return nullptr;
}

Result<std::shared_ptr<const Plan>> Plan::create(std::shared_ptr<const Model> model, const PlanOptions& options) {
  if (options.threads < 1 || options.threads > kMaxThreads) {
    return invalid_argument("threads is " + std::to_string(options.threads) + "; it must be in 1.." +
                            std::to_string(kMaxThreads));
  }
  Result<const kernels::Row*> row = choose_row(options.isa);
  if (!row.ok()) return row.status();

  Draft draft = Lowering(*model, **row).run();
  auto plan = std::make_shared<Plan>();
  plan->row_ = *row;
  plan->threads_ = options.threads;
  const std::uint64_t scratch_offset = place_values(draft, options.preserve_inputs);
  std::uint64_t scratch = 0;
  for (const DraftStep& step : draft.steps) scratch = std::max(scratch, align_up(step.scratch_bytes));
  const std::uint64_t arena_bytes = scratch_offset + scratch * static_cast<std::uint64_t>(options.threads);
  if (!can_allocate(arena_bytes)) return arena_too_large();
  plan->scratch_offset_ = scratch_offset;
  plan->scratch_stride_ = scratch;
  plan->arena_bytes_ = arena_bytes;
  plan->arena_lower_bound_ = draft.arena_lower_bound + scratch * static_cast<std::uint64_t>(options.threads);

  Result<PackedConstants> constants = packed_constants(draft.constants, *model, **row, options);
  if (!constants.ok()) return constants.status();
  plan->constants_ = std::move(*constants);

  for (DraftStep& step : draft.steps) {
    plan->steps_.push_back(place(draft, step, options.threads));
    plan->kernel_names_.push_back(std::move(step.kernel));
  }
  for (std::size_t s = 0; s < draft.steps.size(); ++s) {
    plan->step_infos_.push_back(describe(model->file(), draft.steps[s], plan->kernel_names_[s]));
  }
  for (const ValueId id : draft.inputs) plan->input_offsets_.push_back(location_of(draft, id).offset);
  for (const ValueId id : draft.outputs) plan->outputs_.push_back(location_of(draft, id));
  model->release_pages();
  plan->model_ = std::move(model);
  return std::shared_ptr<const Plan>(std::move(plan));
}

}  // namespace qrun::runtime
