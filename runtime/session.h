// One arena and its threads: runs a plan.
//
// Hop 3 of three. All addresses are worked out when the session is made; a run is one loop of calls that cannot fail.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/aligned_buffer.h"
#include "runtime/plan.h"
#include "runtime/status.h"
#include "runtime/thread_pool.h"

namespace qrun::runtime {

class Session {
 public:
  // With an arena of its own where `arena` is null; else borrows the caller's, at least plan->arena_bytes() long and
  // aligned to 64 bytes.
  static Result<std::unique_ptr<Session>> create(std::shared_ptr<const Plan> plan, void* arena,
                                                 std::size_t arena_bytes);

  const Plan& plan() const { return *plan_; }
  std::uint8_t* input(std::size_t index) { return arena_ + plan_->input_offsets()[index]; }
  const std::uint8_t* output(std::size_t index) const { return plan_->resolve(plan_->outputs()[index], arena_); }

  void run();
  void run_step(std::size_t step) { run(calls_[step]); }

 private:
  // A step whose operands are addresses. `operands.scratch` is the first thread's.
  struct Call {
    kernels::KernelFunction function;
    const void* params;
    kernels::Operands operands;
    std::int32_t units, grain, parts;
    std::size_t scratch_stride;
  };

  Session(std::shared_ptr<const Plan> plan, std::uint8_t* arena);
  Call resolve(const Step& step) const;
  void run(const Call& call);
  static void run_part(const void* call, std::int32_t part, int thread);

  std::shared_ptr<const Plan> plan_;
  AlignedBuffer owned_arena_;  // empty where the caller's is borrowed
  std::uint8_t* arena_;
  std::vector<Call> calls_;
  std::unique_ptr<ThreadPool> threads_;  // null for one thread
};

}  // namespace qrun::runtime
