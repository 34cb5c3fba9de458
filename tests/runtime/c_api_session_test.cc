// The C interface of plans and sessions: null and out-of-range arguments.

#include <gtest/gtest.h>

#include <cstring>

#include "qrun/qrun.h"
#include "tests/support/sample_models.h"

namespace qrun::test {
namespace {

TEST(CApiSession, NullsAreRefusedByName) {
  qrun_status status;
  qrun_plan* plan = nullptr;
  EXPECT_EQ(qrun_plan_create(nullptr, nullptr, &plan, &status), QRUN_INVALID_ARGUMENT);
  EXPECT_NE(std::strstr(status.message, "`model` is null"), nullptr) << status.message;
  EXPECT_EQ(qrun_plan_create(nullptr, nullptr, nullptr, &status), QRUN_INVALID_ARGUMENT);
  EXPECT_NE(std::strstr(status.message, "`plan` is null"), nullptr) << status.message;
  qrun_session* session = nullptr;
  EXPECT_EQ(qrun_session_create(nullptr, nullptr, 0, &session, &status), QRUN_INVALID_ARGUMENT);
  EXPECT_NE(std::strstr(status.message, "`plan` is null"), nullptr) << status.message;
  EXPECT_EQ(qrun_session_create(nullptr, nullptr, 0, nullptr, nullptr), QRUN_INVALID_ARGUMENT);
}

TEST(CApiSession, NullObjectsHaveNothing) {
  qrun_plan_release(nullptr);
  qrun_session_release(nullptr);
  EXPECT_EQ(qrun_plan_arena_bytes(nullptr), 0U);
  EXPECT_EQ(qrun_plan_packed_bytes(nullptr), 0U);
  EXPECT_EQ(qrun_plan_step_count(nullptr), 0U);
  EXPECT_EQ(qrun_plan_step(nullptr, 0), nullptr);
  EXPECT_STREQ(qrun_plan_isa(nullptr), "");
  EXPECT_EQ(qrun_plan_threads(nullptr), 0);
  EXPECT_EQ(qrun_plan_pin_caller(nullptr, nullptr), QRUN_INVALID_ARGUMENT);
  EXPECT_EQ(qrun_session_model(nullptr), nullptr);
  EXPECT_EQ(qrun_session_plan(nullptr), nullptr);
  EXPECT_EQ(qrun_session_input(nullptr, 0), nullptr);
  EXPECT_EQ(qrun_session_output(nullptr, 0), nullptr);
  qrun_session_run(nullptr);
  qrun_session_run_step(nullptr, 0);
}

TEST(CApiSession, DefaultsAndIndicesPastTheEnd) {
  const Bytes file = finish(sample_model("Network").model);
  qrun_model* model = nullptr;
  ASSERT_EQ(qrun_model_borrow(file.data(), file.size(), &model, nullptr), QRUN_OK);
  qrun_plan* plan = nullptr;
  qrun_status status;
  ASSERT_EQ(qrun_plan_create(model, nullptr, &plan, &status), QRUN_OK) << status.message;
  EXPECT_EQ(status.code, QRUN_OK);
  EXPECT_STREQ(status.message, "");
  EXPECT_NE(qrun_plan_step(plan, 0), nullptr);
  EXPECT_EQ(qrun_plan_step(plan, qrun_plan_step_count(plan)), nullptr);
  qrun_session* session = nullptr;
  ASSERT_EQ(qrun_session_create(plan, nullptr, 0, &session, &status), QRUN_OK) << status.message;
  EXPECT_NE(qrun_session_input(session, 0), nullptr);
  EXPECT_EQ(qrun_session_input(session, 1), nullptr);
  EXPECT_EQ(qrun_session_output(session, 1), nullptr);
  qrun_session_run_step(session, 1000000);
  EXPECT_EQ(qrun_model_input(qrun_session_model(session), 0), qrun_model_input(model, 0));
  EXPECT_EQ(qrun_plan_step(qrun_session_plan(session), 0), qrun_plan_step(plan, 0));
  qrun_plan_release(plan);
  qrun_model_release(model);
  qrun_session_run(session);
  qrun_session_release(session);
}

}  // namespace
}  // namespace qrun::test
