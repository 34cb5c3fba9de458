#include "tests/tools/command_fixture.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace qrun::test {
namespace {

std::unique_ptr<qfb::QuantizationT> half_steps() {
  auto quantization = std::make_unique<qfb::QuantizationT>();
  quantization->scale_bits = {0x3F000000};  // 1 / 2
  quantization->zero_point = {-10};
  return quantization;
}

std::vector<std::string> with_program(const char* program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program);
  return arguments;
}

}  // namespace

CommandTest::CommandTest() {
  std::string name = (std::filesystem::temp_directory_path() / "qrun_tools_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = std::filesystem::canonical(name);
}

CommandTest::~CommandTest() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string CommandTest::write(const std::string& name, const std::string& bytes) const {
  std::ofstream(path(name), std::ios::binary) << bytes;
  return path(name);
}

std::string CommandTest::write_model(const std::string& name, const qfb::ModelT& model) const {
  const Bytes bytes = finish(model);
  return write(name, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string CommandTest::read(const std::string& name) const {
  std::ifstream file(path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> CommandTest::listing() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Finished CommandTest::qrun(std::vector<std::string> arguments, const Surroundings& surroundings) const {
  return run_process(with_program(QRUN_COMMAND, std::move(arguments)), surroundings);
}

Finished CommandTest::qconvert(std::vector<std::string> arguments, const Surroundings& surroundings) const {
  return run_process(with_program(QCONVERT_COMMAND, std::move(arguments)), surroundings);
}

Finished CommandTest::qinspect(std::vector<std::string> arguments, const Surroundings& surroundings) const {
  return run_process(with_program(QINSPECT_COMMAND, std::move(arguments)), surroundings);
}

qfb::ModelT identity_model() {
  ModelBuilder graph("identity");
  const int x = graph.input("x", {4});
  const int scores = graph.add(qfb::ReshapeT(), {x}, "scores", {1, 4});
  graph.model.tensors.back()->quantization = half_steps();
  graph.output(scores);
  graph.model.metadata = std::make_unique<qfb::MetadataT>();
  graph.model.metadata->labels = {"ant", "bee", "cat", "dog"};
  return std::move(graph.model);
}

qfb::ModelT pair_model() {
  ModelBuilder graph("pair");
  const int a = graph.input("a", {1, 4}), b = graph.input("b", {1, 4});
  qfb::ConcatenationT along_rows;
  along_rows.axis = 1;
  graph.output(graph.add(std::move(along_rows), {a, b}, "joined", {1, 8}));
  qfb::ArgMaxT greatest;
  greatest.axis = 1;
  graph.output(graph.add(std::move(greatest), {b}, "index", {1}, qfb::DType::int32));
  return std::move(graph.model);
}

void expect_failure(const Finished& finished, int exit_status, const std::string& program, const std::string& message) {
  EXPECT_EQ(finished.exit_status, exit_status) << finished.err;
  EXPECT_EQ(finished.out, "");
  EXPECT_TRUE(finished.err.starts_with(program + ": ")) << finished.err;
  EXPECT_NE(finished.err.find(message), std::string::npos) << finished.err << "lacks: " << message;
  EXPECT_EQ(finished.err.find('\n'), finished.err.size() - 1) << "not one line: " << finished.err;
}

}  // namespace qrun::test
