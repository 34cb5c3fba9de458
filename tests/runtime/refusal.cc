#include "tests/runtime/refusal.h"

#include <gmock/gmock.h>

#include "runtime/model.h"

namespace qrun::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_P(Refused, WithItsCodeAndAMessageThatNamesIt) {
  ModelBuilder graph = sample_model(GetParam().sample);
  const std::string type = qfb::EnumNameParameters(graph.model.operators[0]->parameters.type);
  GetParam().damage(graph.model);
  const Bytes file = finish(graph.model);
  auto model = runtime::Model::borrow(file);
  ASSERT_FALSE(model.ok()) << "it loads";
  const runtime::Status& status = model.status();
  EXPECT_EQ(status.code, GetParam().code) << status.message;
  EXPECT_THAT(status.message, HasSubstr(GetParam().says));
  EXPECT_EQ(status.operator_index, GetParam().about_operator ? 0 : -1) << status.message;
  if (GetParam().about_operator) {
    EXPECT_THAT(status.message, StartsWith("operator 0 (" + type + " producing 'y'): "));
  }
}

}  // namespace
}  // namespace qrun::test
