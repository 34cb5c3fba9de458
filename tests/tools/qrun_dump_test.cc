// qrun --dump: every tensor that is computed, with what a program needs to read it.

#include <nlohmann/json.hpp>

#include "tests/support/sample_models.h"
#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

class QrunDump : public CommandTest {
 protected:
  nlohmann::json manifest() const { return nlohmann::json::parse(read("dump/manifest.json")); }
};

TEST_F(QrunDump, HasInputsThenOperatorsOutputs) {
  const std::string model = write_model("m.qfb", pair_model());
  const Finished finished =
      qrun({model, write("a", "abcdefgh"), write("b", "1243" + std::string("9876")), "--dump", path("dump")});
  EXPECT_EQ(finished.exit_status, 0) << finished.err;
  EXPECT_EQ(finished.out + finished.err, "");
  const auto m = manifest();
  EXPECT_EQ(m["samples"], 2);
  EXPECT_EQ(m["inputs"], (nlohmann::json{0, 1}));
  EXPECT_EQ(m["outputs"], (nlohmann::json{2, 3}));
  ASSERT_EQ(m["tensors"].size(), 4u);
  EXPECT_EQ(m["tensors"][0]["name"], "a");
  EXPECT_EQ(m["tensors"][0]["operator"], nullptr);
  EXPECT_EQ(m["tensors"][0]["scale"], 1.0 / 32);
  EXPECT_EQ(m["tensors"][0]["zero_point"], 3);
  EXPECT_EQ(m["tensors"][2]["operator"], "Concatenation");
  EXPECT_EQ(m["tensors"][3]["operator"], "ArgMax");
  EXPECT_EQ(read("dump/tensor_0000.bin"), "abcdefgh");
  EXPECT_EQ(read("dump/tensor_0002.bin"), "abcd1243efgh9876");
  EXPECT_EQ(read("dump/tensor_0003.bin"), (std::string{2, 0, 0, 0, 0, 0, 0, 0}));
}

// Fused or not, whatever the instruction set: the same bytes.
TEST_F(QrunDump, IsTheSameOnEveryInstructionSet) {
  const std::string model = write_model("m.qfb", sample_model("Network").model);
  std::string samples;
  for (int i = 0; i < 32 * 5; ++i) samples += static_cast<char>(i * i * 7);
  const std::string input = write("x", samples);
  qrun({model, input, "--dump", path("dump"), "--isa", "reference"});
  const auto expected = manifest()["tensors"];
  EXPECT_GT(expected.size(), 3u);
  for (const auto& isa : nlohmann::json::parse(qrun({"--list-isa", "--json"}).out)) {
    if (!isa["available"]) continue;
    const std::string name = isa["name"];
    const Finished finished = qrun({model, input, "--dump", path(name), "--isa", name, "-t", "2", "--batch", "3"});
    EXPECT_EQ(finished.exit_status, 0) << finished.err;
    for (const auto& tensor : expected) {
      const std::string file = tensor["file"];
      EXPECT_EQ(read(name + "/" + file), read("dump/" + file)) << name << ", " << tensor["name"];
    }
  }
}

TEST_F(QrunDump, WantsANewFolder) {
  const std::string model = write_model("m.qfb", identity_model()), input = write("x", "abcd");
  expect_failure(qrun({model, input, "--dump", path("")}), 2, "qrun", "is not empty; give --dump a new folder");
  expect_failure(qrun({model, input, "--dump", input}), 1, "qrun", "cannot make this folder; give --dump another path");
}

}  // namespace
}  // namespace qrun::test
