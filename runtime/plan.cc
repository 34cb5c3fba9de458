#include "runtime/plan.h"

#include <algorithm>
#include <utility>

#include "runtime/plan/arena.h"
#include "runtime/plan/bands.h"
#include "runtime/plan/batch.h"
#include "runtime/plan/draft.h"
#include "runtime/plan/joins.h"
#include "runtime/plan/lowering.h"
#include "runtime/plan/pack_cache.h"
#include "runtime/plan/row_choice.h"

namespace qrun::runtime {
namespace {

// Describing a step reads the file in a few places, and the system maps 64 KiB around each: after as many steps the
// model's pages are given back.
constexpr std::size_t kStepsPerRelease = 16;

Location location_of(const Draft& draft, ValueId id) { return id == kNoValue ? Location{} : draft.value(id).location; }

// The members' constants have addresses by now.
Band band_of(const Plan& plan, const DraftStep& from) {
  Band band;
  band.height = from.band_height;
  for (std::size_t m = 0; m < from.members.size(); ++m) {
    const DraftStep& draft = from.members[m];
    BandMember member;
    member.run = draft.run;
    member.params = draft.params;
    member.constant = plan.resolve(draft.constant, nullptr);
    member.rows = *draft.rows;
    for (const int k : {0, 1}) {
      if (draft.input[k] == kNoValue) continue;
      const bool chained = m > 0 && draft.input[k] == from.members[m - 1].output;
      member.input[k] = chained ? BandMember::kChained : draft.input[k] == from.input[0] ? 0 : 1;
    }
    band.members.push_back(member);
  }
  const std::vector<std::size_t> windows = window_offsets(from.members, from.band_height);
  for (std::size_t m = 0; m < band.members.size(); ++m) band.members[m].window_offset = windows[m];
  band.scratch_offset = windows.back();
  return band;
}

Step place(const Plan& plan, const Draft& draft, const DraftStep& from) {
  Step step;
  if (from.members.empty()) {
    step.run = from.run;
    step.params = from.params;
  } else {
    step.run = run_band;
    step.band = std::make_unique<const Band>(band_of(plan, from));
  }
  step.units = from.units;
  step.grain = from.grain;
  step.parts = from.parts;
  for (const int k : {0, 1}) step.input[k] = location_of(draft, from.input[k]);
  step.output = location_of(draft, from.output);
  step.constant = from.constant;
  return step;
}

Status arena_too_large() {
  return {QRUN_OUT_OF_MEMORY, "the model's activations need more memory than can be allocated; use smaller shapes"};
}

// Large arenas are asked for and given back untouched: a hostile file's huge shapes fail here, before anything is
// packed for them. Small ones may be the caller's own on a device whose heap could not hold them.
bool can_allocate(std::uint64_t bytes) {
  constexpr std::uint64_t kLarge = std::uint64_t{1} << 28;
  if (bytes < kLarge) return true;
  return AlignedBuffer::allocate(bytes).data() != nullptr;
}

Result<PackedConstants> packed_constants(const ConstantPool& pool, const Model& model, const kernels::Row& row,
                                         const Team& team, const std::string& pack_cache) {
  if (!pack_cache.empty()) return pack_through_cache(pool, model, row, team, pack_cache);
  Result<AlignedBuffer> packed = pool.pack(model, team);
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

qrun_step_info Plan::describe(const DraftStep& step) {
  const qfb::Tensor& tensor = *model_->file().tensors()->Get(static_cast<flatbuffers::uoffset_t>(step.tensor));
  qrun_step_info info{};
  info.operator_type = step.operator_type;
  info.output_name = tensor.name() == nullptr ? "" : tensor.name()->c_str();
  info.kernel = kernel_names_.emplace_back(step.kernel).c_str();
  info.shape = shape_of(tensor).data();
  info.rank = shape_of(tensor).size();
  info.operator_index = step.operator_index;
  info.macs = step.macs;
  info.threads = step.parts;
  if (!step.members.empty()) {
    std::vector<qrun_step_info> members;
    for (const DraftStep& member : step.members) members.push_back(describe(member));
    info.members = member_infos_.emplace_back(std::move(members)).data();
    info.member_count = step.members.size();
  }
  return info;
}

Result<std::shared_ptr<const Plan>> Plan::create(std::shared_ptr<const Model> model, const PlanOptions& asked) {
  Result<Team> team = choose_team(asked.threads, asked.cpu_list);
  if (!team.ok()) return team.status();
  PlanOptions options = asked;
  options.threads = team->threads;
  if (options.bands < QRUN_BANDS_AUTO || options.bands > QRUN_BANDS_ALL) {
    return invalid_argument("bands is " + std::to_string(options.bands) + "; it must be one of qrun_bands");
  }
  if (options.band_rows < 0) return invalid_argument("band_rows is negative; 0 lets the plan choose");
  Result<const kernels::Row*> row = choose_row(options.isa);
  if (!row.ok()) return row.status();

  if (Status status = check_batch(*model, options.batch); !status.ok()) return status;

  Draft draft = Lowering(*model, **row, options.batch).run();
  join_in_place(draft, **row);
  form_bands(draft, options);
  auto plan = std::make_shared<Plan>();
  plan->model_ = std::move(model);
  plan->row_ = *row;
  plan->team_ = *team;
  plan->batch_ = options.batch;
  const std::uint64_t scratch_offset = place_values(draft, options.preserve_inputs);
  std::uint64_t scratch = 0;
  for (const DraftStep& step : draft.steps) scratch = std::max(scratch, align_up(step.scratch_bytes));
  const std::uint64_t arena_bytes = scratch_offset + scratch * static_cast<std::uint64_t>(options.threads);
  if (!can_allocate(arena_bytes)) return arena_too_large();
  plan->scratch_offset_ = static_cast<std::size_t>(scratch_offset);
  plan->scratch_stride_ = static_cast<std::size_t>(scratch);
  plan->arena_bytes_ = static_cast<std::size_t>(arena_bytes);
  plan->arena_lower_bound_ =
      static_cast<std::size_t>(draft.arena_lower_bound + scratch * static_cast<std::uint64_t>(options.threads));

  Result<PackedConstants> constants =
      packed_constants(draft.constants, *plan->model_, **row, *team, options.pack_cache);
  if (!constants.ok()) return constants.status();
  plan->constants_ = std::move(*constants);

  for (const DraftStep& step : draft.steps) {
    plan->steps_.push_back(place(*plan, draft, step));
    plan->step_infos_.push_back(plan->describe(step));
    if (plan->steps_.size() % kStepsPerRelease == 0) plan->model_->release_pages();
  }
  for (const ValueId id : draft.inputs) plan->input_offsets_.push_back(location_of(draft, id).offset);
  for (const ValueId id : draft.outputs) plan->outputs_.push_back(location_of(draft, id));
  plan->model_->release_pages();
  return std::shared_ptr<const Plan>(std::move(plan));
}

}  // namespace qrun::runtime
