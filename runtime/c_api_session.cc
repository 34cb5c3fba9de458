// The C interface: plans and sessions.

#include "runtime/c_api.h"
#include "runtime/plan.h"
#include "runtime/session.h"

// Each holds what it was made from, as the object that its accessors hand out.
struct qrun_plan {
  qrun_model model;
  std::shared_ptr<const qrun::runtime::Plan> value;
};

struct qrun_session {
  qrun_plan plan;
  std::unique_ptr<qrun::runtime::Session> value;
};

using qrun::runtime::invalid_argument;
using qrun::runtime::Plan;
using qrun::runtime::PlanOptions;
using qrun::runtime::report_result_of;
using qrun::runtime::Session;
using qrun::runtime::Status;

qrun_code qrun_plan_create(const qrun_model* model, const qrun_plan_options* options, qrun_plan** plan,
                           qrun_status* status) {
  return report_result_of(status, [&]() -> Status {
    if (plan == nullptr) return invalid_argument("qrun_plan_create: `plan` is null");
    *plan = nullptr;
    if (model == nullptr) return invalid_argument("qrun_plan_create: `model` is null");
    PlanOptions chosen;
    if (options != nullptr) {
      if (options->isa != nullptr) chosen.isa = options->isa;
      chosen.threads = options->threads;
      chosen.preserve_inputs = options->preserve_inputs != 0;
      chosen.bands = options->bands;
      chosen.band_rows = options->band_rows;
      if (options->batch != 0) chosen.batch = options->batch;
      if (options->pack_cache != nullptr) chosen.pack_cache = options->pack_cache;
      if (options->cpu_list != nullptr) chosen.cpu_list = options->cpu_list;
    }
    auto created = Plan::create(model->value, chosen);
    if (!created.ok()) return created.status();
    *plan = new qrun_plan{*model, std::move(*created)};
    return {};
  });
}

void qrun_plan_release(qrun_plan* plan) { delete plan; }

const char* qrun_plan_isa(const qrun_plan* plan) { return plan == nullptr ? "" : plan->value->row().name.data(); }

int32_t qrun_plan_threads(const qrun_plan* plan) { return plan == nullptr ? 0 : plan->value->team().threads; }

int32_t qrun_plan_batch(const qrun_plan* plan) { return plan == nullptr ? 0 : plan->value->batch(); }

namespace {

size_t bytes_of_all_samples(const qrun_plan& plan, const qrun_tensor_info* info) {
  return info == nullptr ? 0 : info->bytes * static_cast<size_t>(plan.value->batch());
}

}  // namespace

size_t qrun_plan_input_bytes(const qrun_plan* plan, size_t index) {
  return plan == nullptr ? 0 : bytes_of_all_samples(*plan, qrun_model_input(&plan->model, index));
}

size_t qrun_plan_output_bytes(const qrun_plan* plan, size_t index) {
  return plan == nullptr ? 0 : bytes_of_all_samples(*plan, qrun_model_output(&plan->model, index));
}

size_t qrun_plan_arena_bytes(const qrun_plan* plan) { return plan == nullptr ? 0 : plan->value->arena_bytes(); }

size_t qrun_plan_arena_lower_bound(const qrun_plan* plan) {
  return plan == nullptr ? 0 : plan->value->arena_lower_bound();
}

size_t qrun_plan_packed_bytes(const qrun_plan* plan) { return plan == nullptr ? 0 : plan->value->packed_bytes(); }

size_t qrun_plan_step_count(const qrun_plan* plan) { return plan == nullptr ? 0 : plan->value->step_infos().size(); }

const qrun_step_info* qrun_plan_step(const qrun_plan* plan, size_t index) {
  return index < qrun_plan_step_count(plan) ? &plan->value->step_infos()[index] : nullptr;
}

qrun_code qrun_plan_pin_caller(const qrun_plan* plan, qrun_status* status) {
  return report_result_of(status, [&]() -> Status {
    if (plan == nullptr) return invalid_argument("qrun_plan_pin_caller: `plan` is null");
    return qrun::runtime::take_place(plan->value->team(), 0) ? Status() : qrun::runtime::cannot_pin();
  });
}

qrun_code qrun_session_create(const qrun_plan* plan, void* arena, size_t arena_bytes, qrun_session** session,
                              qrun_status* status) {
  return report_result_of(status, [&]() -> Status {
    if (session == nullptr) return invalid_argument("qrun_session_create: `session` is null");
    *session = nullptr;
    if (plan == nullptr) return invalid_argument("qrun_session_create: `plan` is null");
    auto created = Session::create(plan->value, arena, arena_bytes);
    if (!created.ok()) return created.status();
    *session = new qrun_session{*plan, std::move(*created)};
    return {};
  });
}

void qrun_session_release(qrun_session* session) { delete session; }

const qrun_model* qrun_session_model(const qrun_session* session) {
  return session == nullptr ? nullptr : &session->plan.model;
}

const qrun_plan* qrun_session_plan(const qrun_session* session) {
  return session == nullptr ? nullptr : &session->plan;
}

void* qrun_session_input(qrun_session* session, size_t index) {
  if (session == nullptr || index >= session->value->plan().model().inputs().size()) return nullptr;
  return session->value->input(index);
}

const void* qrun_session_output(const qrun_session* session, size_t index) {
  if (session == nullptr || index >= session->value->plan().outputs().size()) return nullptr;
  return session->value->output(index);
}

void qrun_session_run(qrun_session* session) {
  if (session != nullptr) session->value->run();
}

void qrun_session_run_step(qrun_session* session, size_t step) {
  if (session != nullptr && step < session->value->plan().steps().size()) session->value->run_step(step);
}
