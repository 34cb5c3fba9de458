// The C interface's own promises: nulls, ends of lists, messages that fit, names.

#include "runtime/c_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <span>

#include "qrun/qrun.hpp"
#include "tests/support/sample_models.h"

namespace qrun::test {
namespace {

using testing::HasSubstr;
using testing::StrEq;

TEST(CApi, NullArgumentsAreTheCallersMistake) {
  qrun_model* model = nullptr;
  qrun_status status;
  EXPECT_EQ(qrun_model_open(nullptr, &model, &status), QRUN_INVALID_ARGUMENT);
  EXPECT_THAT(status.message, HasSubstr("`path` is null"));
  EXPECT_EQ(qrun_model_open("x", nullptr, &status), QRUN_INVALID_ARGUMENT);
  EXPECT_THAT(status.message, HasSubstr("`model` is null"));
  EXPECT_EQ(qrun_model_borrow(nullptr, 8, &model, &status), QRUN_INVALID_ARGUMENT);
  EXPECT_EQ(qrun_model_borrow(&status, 8, nullptr, &status), QRUN_INVALID_ARGUMENT);
  EXPECT_EQ(qrun_model_open(nullptr, nullptr, nullptr), QRUN_INVALID_ARGUMENT);
  qrun_model_release(nullptr);
  EXPECT_EQ(qrun_model_input_count(nullptr), 0u);
  EXPECT_EQ(qrun_model_output_count(nullptr), 0u);
  EXPECT_EQ(qrun_model_label_count(nullptr), 0u);
  EXPECT_EQ(qrun_model_input(nullptr, 0), nullptr);
}

TEST(CApi, FailureLeavesNoModel) {
  int marker = 0;
  auto* model = reinterpret_cast<qrun_model*>(&marker);
  EXPECT_EQ(qrun_model_open("/nonexistent", &model, nullptr), QRUN_IO_ERROR);
  EXPECT_EQ(model, nullptr);
}

TEST(CApi, ModelsTellWhatTheyHave) {
  const Bytes file = finish(sample_model("Network").model);
  qrun_model* model = nullptr;
  qrun_status status;
  std::memset(&status, 0x55, sizeof status);
  ASSERT_EQ(qrun_model_borrow(file.data(), file.size(), &model, &status), QRUN_OK);
  EXPECT_EQ(status.code, QRUN_OK);
  EXPECT_EQ(status.operator_index, -1);
  EXPECT_THAT(status.message, StrEq(""));
  EXPECT_EQ(qrun_model_input_count(model), 1u);
  EXPECT_EQ(qrun_model_output_count(model), 1u);
  EXPECT_THAT(qrun_model_input(model, 0)->name, StrEq("image"));
  EXPECT_EQ(qrun_model_input(model, 1), nullptr);
  EXPECT_EQ(qrun_model_output(model, 1), nullptr);
  ASSERT_EQ(qrun_model_label_count(model), 3u);
  EXPECT_THAT(qrun_model_label(model, 1), StrEq("bee"));
  EXPECT_EQ(qrun_model_label(model, 3), nullptr);
  qrun_model_release(model);
}

TEST(CApi, AModelWithoutLabelsHasNone) {
  const Bytes file = finish(sample_model("Reshape").model);
  auto model = Model::from_buffer(file);
  ASSERT_TRUE(model) << model.status().message();
  EXPECT_EQ(model->label_count(), 0u);
}

TEST(CApi, MessagesAreOneLineWhateverTheNames) {
  ModelBuilder graph = sample_model("Reshape");
  graph.model.tensors[1]->name = "a\nb\x1b[31m\x7f";
  graph.model.tensors[1]->shape = {13};
  auto model = Model::from_buffer(finish(graph.model));
  ASSERT_FALSE(model);
  EXPECT_THAT(model.status().message(), HasSubstr("producing 'a?b?[31m?'"));
  EXPECT_EQ(model.status().operator_index(), 0);
}

TEST(CApi, LongNamesAreCutBetweenCharacters) {
  ModelBuilder graph = sample_model("Reshape");
  graph.model.tensors[1]->name = "n";
  for (int i = 0; i < 1000; ++i) graph.model.tensors[1]->name += "\u00e9";  // two bytes each, from an odd position
  graph.model.tensors[1]->shape = {13};
  auto model = Model::from_buffer(finish(graph.model));
  ASSERT_FALSE(model);
  EXPECT_THAT(model.status().message(), HasSubstr("\u00e9...'): "));
}

TEST(CApi, LongMessagesAreCutBetweenCharacters) {
  std::string message;
  for (int i = 0; i < 200; ++i) message += "\u20ac";  // three bytes each
  qrun_status status;
  runtime::report(runtime::invalid_model(message), &status);
  EXPECT_EQ(std::strlen(status.message), 495u / 3 * 3);
  EXPECT_EQ(message.compare(0, std::strlen(status.message), status.message), 0);
}

TEST(CApi, ExhaustedMemoryIsAStatus) {
  qrun_status status;
  const qrun_code code = runtime::report_result_of(&status, []() -> runtime::Status { throw std::bad_alloc(); });
  EXPECT_EQ(code, QRUN_OUT_OF_MEMORY);
  EXPECT_EQ(status.code, QRUN_OUT_OF_MEMORY);
  EXPECT_THAT(status.message, HasSubstr("out of memory"));
}

TEST(CApi, Names) {
  EXPECT_THAT(qrun_version(), StrEq("0.1.0"));
  EXPECT_THAT(qrun_code_name(QRUN_INVALID_MODEL), StrEq("invalid model"));
  EXPECT_THAT(qrun_code_name(99), StrEq("unknown code"));
  EXPECT_THAT(qrun_dtype_name(QRUN_UINT8), StrEq("uint8"));
  EXPECT_THAT(qrun_dtype_name(-1), StrEq("unknown dtype"));
}

TEST(CApi, ListsInstructionSets) {
  EXPECT_THAT(qrun_isa_name(0), StrEq("reference"));
  EXPECT_EQ(qrun_isa_available(0), 1);
  std::size_t count = 0;
  while (qrun_isa_name(count) != nullptr) ++count;
  EXPECT_GT(count, 0u);
  EXPECT_EQ(qrun_isa_available(count), 0);
}

TEST(CApi, Sha256) {
  qrun_sha256_state state;
  qrun_sha256_begin(&state);
  qrun_sha256_update(&state, "ab", 2);
  qrun_sha256_update(&state, nullptr, 0);
  qrun_sha256_update(&state, "c", 1);
  std::uint8_t digest[32];
  qrun_sha256_end(&state, digest);
  EXPECT_EQ(digest[0], 0xBA);
  EXPECT_EQ(digest[31], 0xAD);
  const std::array<char, 3> abc = {'a', 'b', 'c'};
  EXPECT_THAT(Sha256::of(std::as_bytes(std::span(abc))), testing::ElementsAreArray(digest));
}

}  // namespace
}  // namespace qrun::test
