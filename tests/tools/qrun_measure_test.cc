// qrun --repeat and --profile: figures that hang together, and answers that measuring does not change.

#include <nlohmann/json.hpp>

#include "tests/support/sample_models.h"
#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

using nlohmann::json;

class QrunMeasure : public CommandTest {
 protected:
  QrunMeasure()
      : model_(write_model("m.qfb", sample_model("Network").model)), input_(write("x", std::string(32, 'a'))) {}

  json measured(const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {model_, input_, "--json", "--isa", "reference"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Finished finished = qrun(arguments);
    EXPECT_EQ(finished.exit_status, 0) << finished.err;
    return json::parse(finished.out);
  }

  const std::string model_, input_;
};

TEST_F(QrunMeasure, LatenciesAreInOrder) {
  const json all = measured({"--repeat", "20", "--warmup", "2"});
  const json& latency = all["latency_us"];
  EXPECT_EQ(all["repeat"], 20);
  EXPECT_GT(latency["min"], 0.0);
  EXPECT_LE(latency["min"], latency["median"]);
  EXPECT_LE(latency["median"], latency["p90"]);
  EXPECT_LE(latency["p90"], latency["p99"]);
}

TEST_F(QrunMeasure, LatencyText) {
  const Finished finished = qrun({model_, input_, "--repeat", "3", "--warmup", "0"});
  EXPECT_TRUE(finished.out.starts_with("latency of 3 runs in us: min ")) << finished.out;
  EXPECT_EQ(finished.out.find('\n'), finished.out.size() - 1);
}

TEST_F(QrunMeasure, OfBatches) {
  const Finished finished = qrun({model_, input_, "--repeat", "3", "--batch", "4"});
  EXPECT_TRUE(finished.out.starts_with("latency of 3 runs of 4 samples in us: min ")) << finished.out;
  const json all = measured({"--repeat", "3", "--profile", "--batch", "4"});
  EXPECT_EQ(all["batch"], 4);
  EXPECT_EQ(all["profile"]["macs"], 4 * (4 * 4 * 4 * 2 + 16 * 3));
}

TEST_F(QrunMeasure, ProfileNamesEveryStep) {
  const json profile = measured({"--profile"})["profile"];
  double time = 0.0, share = 0.0;
  std::int64_t macs = 0;
  std::vector<std::string> operators;
  for (const json& step : profile["steps"]) {
    if (step["operator_index"].is_number()) operators.push_back(step["operator"]);
    EXPECT_FALSE(step["kernel"].get<std::string>().empty());
    time += step["time_us"].get<double>();
    share += step["share"].get<double>();
    macs += step["macs"].get<std::int64_t>();
  }
  EXPECT_EQ(operators, (std::vector<std::string>{"Conv2D", "Pool2D", "FullyConnected", "Softmax"}));
  EXPECT_EQ(profile["steps"][0]["output"], "conv/Relu");
  EXPECT_EQ(profile["steps"][0]["shape"], (json{1, 4, 4, 4}));
  EXPECT_EQ(profile["steps"][0]["macs"], 4 * 4 * 4 * 2);
  EXPECT_EQ(macs, 4 * 4 * 4 * 2 + 16 * 3);
  EXPECT_EQ(profile["macs"], macs);
  EXPECT_GT(time, 0.0);
  EXPECT_NEAR(profile["total_us"].get<double>(), time, 1e-6);
  EXPECT_NEAR(share, 1.0, 1e-6);
}

TEST_F(QrunMeasure, ProfileTextEndsWithTheTotal) {
  const std::string text = qrun({model_, input_, "--profile", "--isa", "reference"}).out;
  EXPECT_NE(text.find("operator"), std::string::npos) << text;
  EXPECT_NE(text.find("FullyConnected"), std::string::npos) << text;
  const std::string last_line = text.substr(text.rfind('\n', text.size() - 2) + 1);
  EXPECT_NE(last_line.find("total"), std::string::npos) << text;
  EXPECT_NE(last_line.find("176"), std::string::npos) << text;
  EXPECT_NE(last_line.find("100.0 %"), std::string::npos) << text;
}

TEST_F(QrunMeasure, MeasuringDoesNotChangeTheAnswer) {
  const Finished finished = qrun({model_, input_, "--digest", "--repeat", "5", "--profile"});
  EXPECT_TRUE(finished.out.starts_with(qrun({model_, input_, "--digest"}).out)) << finished.out;
}

}  // namespace
}  // namespace qrun::test
