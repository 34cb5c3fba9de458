// qrun's bytes: what -o and --digest give, for samples, several inputs and outputs, and what failure leaves behind.

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "qrun/qrun.hpp"
#include "runtime/tools/common/hex.h"
#include "tests/support/sample_models.h"
#include "tests/tools/command_fixture.h"

namespace qrun::test {
namespace {

using QrunOutput = CommandTest;

std::string digest_of(const std::string& bytes) { return tools::hex(Sha256::of(std::as_bytes(std::span(bytes)))); }

TEST_F(QrunOutput, WritesTheRawBytesAndNothingElse) {
  const Finished finished = qrun({write_model("m.qfb", identity_model()), write("x", "abcd"), "-o", path("y")});
  EXPECT_EQ(finished.exit_status, 0) << finished.err;
  EXPECT_EQ(finished.out + finished.err, "");
  EXPECT_EQ(read("y"), "abcd");
  EXPECT_EQ(listing(), (std::vector<std::string>{"m.qfb", "x", "y"}));
}

TEST_F(QrunOutput, WritesOneFilePerOutputWithAllSamples) {
  const std::string model = write_model("m.qfb", pair_model());
  const Finished finished = qrun({model, write("a", "abcdefgh"), write("b", "1243" + std::string("9876")), "-o",
                                  path("joined"), "-o", path("index")});
  EXPECT_EQ(finished.exit_status, 0) << finished.err;
  EXPECT_EQ(read("joined"), "abcd1243efgh9876");
  EXPECT_EQ(read("index"), (std::string{2, 0, 0, 0, 0, 0, 0, 0}));
}

TEST_F(QrunOutput, DigestIsTheOutputsSha256) {
  const std::string model = write_model("m.qfb", identity_model());
  // FIPS 180-4's first example is the digest of "abc"; this one is `printf abcd | sha256sum`.
  const Finished finished = qrun({model, write("x", "abcd"), "--digest"});
  EXPECT_EQ(finished.out, "88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589\n");
  EXPECT_EQ(finished.exit_status, 0) << finished.err;
  qrun({model, write("x", "abcdefghijkl"), "-o", path("y")});
  EXPECT_EQ(qrun({model, path("x"), "--digest"}).out, digest_of(read("y")) + "\n");
}

TEST_F(QrunOutput, DigestGoesSampleAfterSampleThroughAllOutputs) {
  const std::string model = write_model("m.qfb", pair_model());
  const Finished finished = qrun({model, write("a", "abcdefgh"), write("b", "12439876"), "--digest"});
  const std::string first = "abcd1243" + std::string{2, 0, 0, 0}, second = "efgh9876" + std::string{0, 0, 0, 0};
  EXPECT_EQ(finished.out, digest_of(first + second) + "\n");
}

TEST_F(QrunOutput, DigestIsTheSameOnEveryInstructionSetAndThreadCount) {
  const std::string model = write_model("m.qfb", sample_model("Network").model);
  std::string samples;
  for (int i = 0; i < 32 * 50; ++i) samples += static_cast<char>(i * i * 7);
  const std::string input = write("x", samples);
  const std::string expected = qrun({model, input, "--digest", "--isa", "reference"}).out;
  EXPECT_EQ(expected.size(), 65u);
  for (const auto& isa : nlohmann::json::parse(qrun({"--list-isa", "--json"}).out)) {
    if (!isa["available"]) continue;
    for (const char* threads : {"1", "2", "5"}) {
      const Finished finished = qrun({model, input, "--digest", "--isa", isa["name"], "-t", threads});
      EXPECT_EQ(finished.out, expected) << isa["name"] << " with " << threads << " threads";
    }
  }
}

// 7 samples: whole batches, an incomplete last one, a batch of more samples than there are.
TEST_F(QrunOutput, IsTheSameInBatches) {
  const std::string model = write_model("m.qfb", sample_model("Network").model);
  std::string samples;
  for (int i = 0; i < 32 * 7; ++i) samples += static_cast<char>(i * i * 5);
  const std::string input = write("x", samples);
  qrun({model, input, "-o", path("alone")});
  const std::string digest = qrun({model, input, "--digest"}).out, report = qrun({model, input, "--top-k", "2"}).out;
  for (const char* batch : {"2", "3", "7", "8", "100"}) {
    const Finished finished = qrun({model, input, "-o", path("batch"), "--digest", "--batch", batch, "-t", "2"});
    EXPECT_EQ(finished.exit_status, 0) << finished.err;
    EXPECT_EQ(finished.out, digest) << batch;
    EXPECT_EQ(read("batch"), read("alone")) << batch;
    EXPECT_EQ(qrun({model, input, "--top-k", "2", "--batch", batch}).out, report) << batch;
  }
}

TEST_F(QrunOutput, BatchesHaveEveryOutputOfASample) {
  const std::string model = write_model("m.qfb", pair_model());
  const std::string a = write("a", "abcdefghijkl"), b = write("b", "124398760000");
  const std::string digest = qrun({model, a, b, "--digest"}).out;
  EXPECT_EQ(qrun({model, a, b, "--digest", "--batch", "2"}).out, digest);
}

TEST_F(QrunOutput, ReadsStdinAndWritesStdout) {
  const std::string model = write_model("m.qfb", identity_model());
  const Finished finished = qrun({model, "-", "-o", "-"}, {.input = "wxyz", .environment = {}});
  EXPECT_EQ(finished.exit_status, 0) << finished.err;
  EXPECT_EQ(finished.out, "wxyz");
  EXPECT_EQ(finished.err, "");
}

TEST_F(QrunOutput, WritesDevicesInPlace) {
  const Finished finished = qrun({write_model("m.qfb", identity_model()), write("x", "abcd"), "-o", "/dev/null"});
  EXPECT_EQ(finished.exit_status, 0) << finished.err;
  struct stat status {};
  ASSERT_EQ(::stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

TEST_F(QrunOutput, ReplacesAFileButKeepsItsPermissions) {
  const std::string model = write_model("m.qfb", identity_model());
  ASSERT_EQ(::chmod(write("y", "what was here before").c_str(), 0640), 0);
  qrun({model, write("x", "abcd"), "-o", path("y")});
  struct stat status {};
  ASSERT_EQ(::stat(path("y").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  EXPECT_EQ(read("y"), "abcd");
}

TEST_F(QrunOutput, ReplacesTheFileBehindASymbolicLink) {
  const std::string model = write_model("m.qfb", identity_model());
  std::filesystem::create_symlink(write("y", "old"), path("link"));
  qrun({model, write("x", "abcd"), "-o", path("link")});
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(read("y"), "abcd");
}

TEST_F(QrunOutput, FailureLeavesNothingAndTheOldFileAlone) {
  const std::string model = write_model("m.qfb", pair_model());
  write("old", "kept");
  // The second output cannot be written: the first must not appear either.
  const Finished finished =
      qrun({model, write("a", "abcd"), write("b", "abcd"), "-o", path("old"), "-o", path("missing/index")});
  expect_failure(finished, 1, "qrun", "missing/index: cannot be written: No such file or directory");
  EXPECT_EQ(read("old"), "kept");
  EXPECT_EQ(listing(), (std::vector<std::string>{"a", "b", "m.qfb", "old"}));
}

TEST_F(QrunOutput, AFullDiskIsAnError) {
  const std::string model = write_model("m.qfb", identity_model());
  const Finished finished = qrun({model, write("x", "abcd"), "-o", "/dev/full"});
  expect_failure(finished, 1, "qrun", "/dev/full: cannot be written: No space left on device");
}

}  // namespace
}  // namespace qrun::test
