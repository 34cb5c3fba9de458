#include "runtime/session.h"

#include <string>
#include <utility>

#include "runtime/partition.h"

namespace qrun::runtime {
namespace {

Status check_borrowed(const Plan& plan, const void* arena, std::size_t bytes) {
  if (bytes < plan.arena_bytes()) {
    return invalid_argument("the arena has " + std::to_string(bytes) + " bytes; the plan needs " +
                            std::to_string(plan.arena_bytes()));
  }
  if (reinterpret_cast<std::uintptr_t>(arena) % kernels::kArenaAlignment != 0) {
    return invalid_argument("the arena is not aligned to " + std::to_string(kernels::kArenaAlignment) + " bytes");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Plan> plan, void* arena,
                                                 std::size_t arena_bytes) {
  AlignedBuffer owned;
  if (arena == nullptr) {
    owned = AlignedBuffer::allocate(plan->arena_bytes());
    if (owned.data() == nullptr) {
      return Status{QRUN_OUT_OF_MEMORY,
                    "the arena needs " + std::to_string(plan->arena_bytes()) + " bytes, more than there is memory"};
    }
  } else if (Status status = check_borrowed(*plan, arena, arena_bytes); !status.ok()) {
    return status;
  }
  std::uint8_t* const base = arena == nullptr ? owned.data() : static_cast<std::uint8_t*>(arena);
  std::unique_ptr<Session> session(new Session(std::move(plan), base));
  session->owned_arena_ = std::move(owned);
  if (const Team& team = session->plan().team(); team.threads > 1) {
    Result<std::unique_ptr<ThreadPool>> pool = ThreadPool::create(team);
    if (!pool.ok()) return pool.status();
    session->threads_ = std::move(*pool);
  }
  return session;
}

Session::Session(std::shared_ptr<const Plan> plan, std::uint8_t* arena) : plan_(std::move(plan)), arena_(arena) {
  calls_.reserve(plan_->steps().size());
  for (const Step& step : plan_->steps()) calls_.push_back(resolve(step));
}

Session::Call Session::resolve(const Step& step) const {
  Call call{};
  call.function = step.run;
  call.params = step.band ? step.band.get() : params_of(step.params);
  for (const int k : {0, 1}) call.operands.input[k] = plan_->resolve(step.input[k], arena_);
  call.operands.output = arena_ + step.output.offset;  // always in the arena
  call.operands.constant = plan_->resolve(step.constant, arena_);
  call.operands.scratch = arena_ + plan_->scratch_offset();
  call.units = step.units;
  call.grain = step.grain;
  call.parts = step.parts;
  call.scratch_stride = plan_->scratch_stride();
  return call;
}

void Session::run() {
  for (const Call& call : calls_) run(call);
}

void Session::run(const Call& call) {
  if (call.parts == 1) {
    call.function(call.params, call.operands, {0, call.units});
  } else {
    threads_->run(run_part, &call, call.parts);
  }
}

void Session::run_part(const void* context, std::int32_t part, int thread) {
  const Call& call = *static_cast<const Call*>(context);
  kernels::Operands operands = call.operands;
  operands.scratch += static_cast<std::size_t>(thread) * call.scratch_stride;
  call.function(call.params, operands, part_of({call.units, call.grain}, call.parts, part));
}

}  // namespace qrun::runtime
