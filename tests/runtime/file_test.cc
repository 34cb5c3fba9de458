// Files as they come: missing, empty, foreign, misaligned, and one that is fine.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "runtime/model.h"
#include "tests/support/sample_models.h"

namespace qrun::test {
namespace {

using runtime::Model;
using testing::HasSubstr;

class FileTest : public testing::Test {
 protected:
  FileTest() : folder_(std::filesystem::path(testing::TempDir()) / ("qrun_file_test_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const Bytes& bytes) const {
    const std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return path;
  }

  static void expect_refusal(const std::string& path, qrun_code code, const std::string& says) {
    auto model = Model::open(path.c_str());
    ASSERT_FALSE(model.ok());
    EXPECT_EQ(model.status().code, code);
    EXPECT_THAT(model.status().message, HasSubstr(path));
    EXPECT_THAT(model.status().message, HasSubstr(says));
  }

  const std::filesystem::path folder_;
};

TEST_F(FileTest, OpensAndOutlivesTheName) {
  const std::string path = write("network.qfb", finish(sample_model("Network").model));
  auto model = Model::open(path.c_str());
  ASSERT_TRUE(model.ok()) << model.status().message;
  std::filesystem::remove(path);
  EXPECT_STREQ((*model)->inputs()[0].name, "image");
  EXPECT_EQ((*model)->file().operators()->size(), 4u);
}

TEST_F(FileTest, RefusesAMissingFile) {
  expect_refusal(folder_ / "none.qfb", QRUN_IO_ERROR, "none.qfb: No such file or directory; check the path");
}

TEST_F(FileTest, RefusesADirectory) { expect_refusal(folder_, QRUN_IO_ERROR, ": is a directory; give a .qfb file"); }

TEST_F(FileTest, RefusesAnEmptyFile) { expect_refusal(write("empty", {}), QRUN_IO_ERROR, "empty: is empty; convert"); }

TEST_F(FileTest, RefusesADevice) { expect_refusal("/dev/null", QRUN_IO_ERROR, "/dev/null: is not a regular file"); }

TEST_F(FileTest, RefusesAForeignFile) {
  expect_refusal(write("foreign", Bytes(1000, std::byte{'x'})), QRUN_INVALID_MODEL, "not a .qfb file");
  expect_refusal(write("short", Bytes(7, std::byte{0})), QRUN_INVALID_MODEL, "not a .qfb file");
}

TEST_F(FileTest, NamesTheOperatorOfADamagedFile) {
  ModelBuilder graph = sample_model("Network");
  graph.model.operators[1]->parameters.AsPool2D()->kernel_height = 0;
  auto model = Model::open(write("damaged.qfb", finish(graph.model)).c_str());
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.status().operator_index, 1);
  EXPECT_THAT(model.status().message,
              HasSubstr("damaged.qfb: operator 1 (Pool2D producing 'pool'): kernel height is 0"));
}

TEST(Buffer, RefusesMisalignment) {
  const Bytes file = finish(sample_model("Network").model);
  for (std::size_t shift = 1; shift < 8; ++shift) {
    Bytes shifted(file.size() + shift);
    std::memcpy(shifted.data() + shift, file.data(), file.size());
    auto model = Model::borrow(std::span(shifted).subspan(shift));
    ASSERT_FALSE(model.ok());
    EXPECT_EQ(model.status().code, QRUN_INVALID_ARGUMENT);
    EXPECT_THAT(model.status().message, HasSubstr("not aligned to 8 bytes"));
  }
}

TEST(Buffer, RefusesNothing) { EXPECT_FALSE(Model::borrow({}).ok()); }

}  // namespace
}  // namespace qrun::test
