// A folder of its own for each test, small models whose answers are known, and the commands under test.

#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/model_builder.h"
#include "tests/tools/process.h"

namespace qrun::test {

class CommandTest : public ::testing::Test {
 protected:
  CommandTest();
  ~CommandTest() override;

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  // Both return the path.
  std::string write(const std::string& name, const std::string& bytes) const;
  std::string write_model(const std::string& name, const qfb::ModelT& model) const;
  std::string read(const std::string& name) const;
  // The names in the folder, sorted.
  std::vector<std::string> listing() const;

  Finished qrun(std::vector<std::string> arguments, const Surroundings& surroundings = {}) const;
  Finished qconvert(std::vector<std::string> arguments, const Surroundings& surroundings = {}) const;
  Finished qinspect(std::vector<std::string> arguments, const Surroundings& surroundings = {}) const;

 private:
  std::filesystem::path folder_;
};

// One input x int8[4]; output "scores" int8[1,4] has its bytes, scale 1/2, zero point -10, labels ant bee cat dog.
qfb::ModelT identity_model();

// Inputs a, b int8[1,4]; outputs "joined" int8[1,8], a then b, and "index" int32[1], b's greatest element.
qfb::ModelT pair_model();

// Failed as a command should: this status, nothing on stdout, one line on stderr that starts with the program's name
// and contains `message`.
void expect_failure(const Finished& finished, int exit_status, const std::string& program, const std::string& message);

}  // namespace qrun::test
