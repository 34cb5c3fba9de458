#include "tests/support/exercise.h"

#include <cstdlib>
#include <cstring>
#include <memory>

#include "qrun/qrun.hpp"

namespace qrun::test {
namespace {

constexpr std::size_t kLargestArena = std::size_t{1} << 20;
constexpr std::int64_t kMostMacs = 1 << 22;

void require(bool promise) {
  if (!promise) std::abort();
}

void check_status(const Status& status) {
  require(!status.ok() && !status.message().empty());
  require(status.message().find('\n') == std::string_view::npos);
}

bool is_small(const Plan& plan) {
  std::int64_t macs = 0;
  for (std::size_t i = 0; i < plan.step_count() && macs <= kMostMacs; ++i) macs += plan.step(i).macs;
  return plan.arena_bytes() <= kLargestArena && macs <= kMostMacs;
}

// Reads every output byte, so that a sanitizer sees where they lie.
std::size_t sum_outputs(const Model& model, const Session& session) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < model.output_count(); ++i) {
    for (const std::byte byte : session.output<std::byte>(i)) sum += static_cast<std::size_t>(byte);
  }
  return sum;
}

void run(const Model& model, const Plan& plan) {
  Result<Session> session = Session::create(plan);
  require(session.ok());
  std::size_t first = 0;
  for (int repeat = 0; repeat < 2; ++repeat) {
    for (std::size_t i = 0; i < model.input_count(); ++i) {
      const std::span<std::byte> input = session->input<std::byte>(i);
      for (std::size_t j = 0; j < input.size(); ++j) input[j] = static_cast<std::byte>(37 * j + i);
    }
    session->run();
    const std::size_t sum = sum_outputs(model, *session);
    require(repeat == 0 || sum == first);
    first = sum;
  }
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
  } else if (is_small(*plan)) {
    run(*model, *plan);
  }
  return true;
}

}  // namespace qrun::test
