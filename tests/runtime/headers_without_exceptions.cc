// Compiled with -fno-exceptions -fno-rtti: qrun.hpp promises to work so. Every function of it is instantiated.

#include "qrun/qrun.hpp"

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "this file must be compiled without exceptions and run-time types"
#endif

namespace qrun::test {

// The documented use, whole. Returns a score, or -1.
int run_without_exceptions(const char* path);

int run_without_exceptions(const char* path) {
  Result<Model> model = Model::from_file(path);
  if (!model) return static_cast<int>(model.status().message().size()) > 0 ? -1 : -2;
  Result<Plan> plan = Plan::create(*model, {.threads = 2});
  if (!plan || plan->step_count() == 0) return -1;
  Result<Session> session = Session::create(*model, {.isa = "reference"});
  if (!session) return -1;
  const std::span<std::int8_t> input = session->input<std::int8_t>(model->input(0).name());
  if (!input.empty()) input[0] = 1;
  session->run();
  Sha256 sha256;
  sha256.update(session->output<std::byte>(0));
  if (sha256.finish() != Sha256::of(session->output<std::byte>(0))) return -1;
  return session->output<std::int8_t>(0).empty() ? -1 : session->output<std::int8_t>(0)[0];
}

}  // namespace qrun::test
