#include "tests/support/exercise.h"

#include <cstdlib>
#include <cstring>
#include <memory>

#include "qfb_generated.h"
#include "qrun/qrun.hpp"

namespace qrun::test {
namespace {

constexpr std::size_t kLargestArena = std::size_t{1} << 20;
constexpr std::int64_t kMostWork = 1 << 22;

void require(bool promise) {
  if (!promise) std::abort();
}

void check_status(const Status& status) {
  require(!status.ok() && !status.message().empty());
  require(status.message().find('\n') == std::string_view::npos);
}

// Pools look at each tap of each window, which their steps do not count as multiply-accumulates.
std::int64_t work_of_pool(const qfb::Model& file, const qrun_step_info& step) {
  if (step.operator_index < 0) return 0;
  const auto index = static_cast<flatbuffers::uoffset_t>(step.operator_index);
  const auto* pool = file.operators()->Get(index)->parameters_as_Pool2D();
  if (pool == nullptr) return 0;
  std::int64_t taps = std::int64_t{pool->kernel_height()} * pool->kernel_width();
  for (std::size_t axis = 0; axis < step.rank; ++axis) taps *= step.shape[axis];  // fits: 2^23 taps, 2^20 outputs
  return taps;
}

bool is_small(const Plan& plan, const qfb::Model& file) {
  if (plan.arena_bytes() > kLargestArena) return false;
  std::int64_t work = 0;
  for (std::size_t i = 0; i < plan.step_count() && work <= kMostWork; ++i) {
    const qrun_step_info& step = plan.step(i);
    work += step.macs;
    work += work_of_pool(file, step);
    for (std::size_t m = 0; m < step.member_count; ++m) work += work_of_pool(file, step.members[m]);
  }
  return work <= kMostWork;
}

// Reads every output byte, so that a sanitizer sees where they lie.
std::size_t sum_outputs(const Model& model, const Session& session) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < model.output_count(); ++i) {
    for (const std::byte byte : session.output<std::byte>(i)) sum += static_cast<std::size_t>(byte);
  }
  return sum;
}

// Every sample the same. The sum of all output bytes.
std::size_t run(const Model& model, const Plan& plan) {
  Result<Session> session = Session::create(plan);
  require(session.ok());
  std::size_t first = 0;
  for (int repeat = 0; repeat < 2; ++repeat) {
    for (std::size_t i = 0; i < model.input_count(); ++i) {
      const std::span<std::byte> input = session->input<std::byte>(i);
      const std::size_t bytes = model.input(i).bytes();
      for (std::size_t j = 0; j < input.size(); ++j) input[j] = static_cast<std::byte>(37 * (j % bytes) + i);
    }
    session->run();
    const std::size_t sum = sum_outputs(model, *session);
    require(repeat == 0 || sum == first);
    first = sum;
  }
  return first;
}

void run_alone_and_in_a_batch(const Model& model, const Plan& plan) {
  constexpr int kBatch = 3;
  const std::size_t sum = run(model, plan);
  const Result<Plan> batch = Plan::create(model, {.batch = kBatch, .bands = QRUN_BANDS_ALL, .band_rows = 1});
  require(batch.ok());  // small as the model is
  require(run(model, *batch) == kBatch * sum);
}

}  // namespace

bool exercise(std::span<const std::byte> bytes) {
  const Result<Model> model = Model::from_buffer(bytes);
  if (!model) {
    check_status(model.status());
    return false;
  }
  const Result<Plan> plan = Plan::create(*model);
  if (!plan) {
    check_status(plan.status());
    require(plan.status().code() == QRUN_OUT_OF_MEMORY);  // all else was checked when it was loaded
  } else if (is_small(*plan, *qfb::GetModel(bytes.data()))) {
    run_alone_and_in_a_batch(*model, *plan);
  }
  return true;
}

}  // namespace qrun::test
