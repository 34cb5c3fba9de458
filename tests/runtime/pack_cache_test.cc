// The cache of packed weights: never a wrong byte, whatever is in its folder.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/runtime/running.h"
#include "tests/support/sample_models.h"

namespace qrun::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::int32_t kDepth = 700, kOutputs = 300;

// Enough weights for several threads, some of which take two terms less their zero point.
qfb::ModelT layers() {
  ModelBuilder graph("layers");
  int x = graph.input("x", {2, kDepth}, qfb::DType::uint8);
  for (const char* name : {"first", "second"}) {
    const int weights = graph.random_constant(name, {kOutputs, name[0] == 'f' ? kDepth : kOutputs}, qfb::DType::uint8);
    qfb::FullyConnectedT parameters;
    parameters.accumulation = graph.accumulation(weights, -1);
    for (qfb::Rescale& scale : parameters.accumulation->rescale) scale = rescale(-12);  // few outputs saturate
    certify(*parameters.accumulation, *graph.model.tensors[static_cast<std::size_t>(weights)], nullptr, false);
    x = graph.add(std::move(parameters), {x, weights}, std::string(name) + "/y", {2, kOutputs}, qfb::DType::uint8);
  }
  graph.output(x);
  return std::move(graph.model);
}

std::string read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Another file under the same name.
void replace(const fs::path& path, const std::string& bytes) {
  fs::remove(path);
  std::ofstream(path, std::ios::binary) << bytes;
}

ino_t inode(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_ino;
}

class PackCacheTest : public testing::Test {
 protected:
  PackCacheTest() : folder_(fs::path(testing::TempDir()) / ("qrun_pack_cache_test_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    std::mt19937 random(5);
    inputs_ = random_inputs(model_, random);
    expected_ = expected_outputs(model_, inputs_);
  }
  ~PackCacheTest() override { fs::remove_all(folder_); }

  Buffers run(const qfb::ModelT& model, const std::string& isa = "", int threads = 1) const {
    return run_model(model, inputs_, {.threads = threads, .isa = isa.c_str(), .pack_cache = folder_.c_str()});
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path());
    return found;
  }
  // The one file that is there.
  fs::path file() const {
    EXPECT_EQ(files().size(), 1U);
    return files()[0];
  }
  // A plan finds these bytes under its file's name, makes no use of them and stores the right ones.
  void expect_repacked(const std::string& found, const std::string& what) const {
    SCOPED_TRACE(what);
    const fs::path path = file();
    replace(path, found);
    const ino_t wrong = inode(path);
    const std::ifstream keeps_its_number_taken(path);
    EXPECT_EQ(run(model_), expected_);
    EXPECT_NE(inode(file()), wrong);
    const ino_t right = inode(file());
    EXPECT_EQ(run(model_), expected_);
    EXPECT_EQ(inode(file()), right);
  }
  Status status_of(const fs::path& folder) const {
    const Bytes bytes = finish(model_);
    const Result<Model> model = Model::from_buffer(bytes);
    return Plan::create(*model, {.pack_cache = folder.c_str()}).status();
  }

  const fs::path folder_;
  const qfb::ModelT model_ = layers();
  Buffers inputs_, expected_;
};

TEST_F(PackCacheTest, EqualOutputsOnEveryRowAndThreadCount) {
  for (const std::string& isa : available_rows()) {
    SCOPED_TRACE(isa);
    const std::size_t before = files().size();
    for (const int threads : {1, 2, 3, 8}) {
      EXPECT_EQ(run_model(model_, inputs_, {.threads = threads, .isa = isa.c_str()}), expected_);
      EXPECT_EQ(run(model_, isa, threads), expected_);
    }
    EXPECT_EQ(files().size(), before + 1);  // one file a row, whatever the threads
  }
}

TEST_F(PackCacheTest, TheSecondPlanMapsWhatTheFirstStored) {
  run(model_);
  const fs::path path = file();
  const ino_t stored = inode(path);
  EXPECT_EQ(run(model_), expected_);
  EXPECT_EQ(inode(file()), stored);
  struct stat status {};
  ::stat(path.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0600U);  // it holds the key
}

TEST_F(PackCacheTest, AnyChangedByteIsFound) {
  run(model_);
  const std::string right = read_bytes(file());
  constexpr std::size_t kHeader = 128;
  std::vector<std::size_t> places(kHeader);
  for (std::size_t i = 0; i < kHeader; ++i) places[i] = i;
  for (std::size_t i = kHeader; i < right.size(); i += 9973) places.push_back(i);
  places.push_back(right.size() - 1);
  for (const std::size_t place : places) {
    std::string wrong = read_bytes(file());
    wrong[place] = static_cast<char>(wrong[place] ^ (1 << place % 8));
    expect_repacked(wrong, "byte " + std::to_string(place));
  }
}

TEST_F(PackCacheTest, OtherLengthsAreFound) {
  run(model_);
  const std::string right = read_bytes(file());
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{127}, std::size_t{128}, right.size() / 2, right.size() - 1}) {
    expect_repacked(right.substr(0, size), std::to_string(size) + " bytes");
  }
  expect_repacked(right + '\0', "a byte more");
}

TEST_F(PackCacheTest, ForeignFilesAreFound) {
  run(model_);
  const fs::path path = file();
  // Of another model of the same shapes, and of another row.
  qfb::ModelT other = layers();
  std::swap(other.tensors[1]->data[0], other.tensors[1]->data[1]);
  for (const bool row : {false, true}) {
    fs::rename(path, folder_.string() + ".kept");
    row ? run(model_, "reference") : run(other);
    const std::string foreign = read_bytes(file());
    fs::remove(file());
    fs::rename(folder_.string() + ".kept", path);
    expect_repacked(foreign, row ? "another row's" : "another model's");
  }
  expect_repacked(read_bytes("/proc/self/exe"), "a program");
}

// Weights of one channel may change places: its certificate stays true.
TEST_F(PackCacheTest, AModelThatSharesANameIsNotConfused) {
  run(model_);
  const fs::path path = file();
  qfb::ModelT other = layers();
  auto& weights = other.tensors[1]->data;
  std::size_t i = 0;
  while (true) {
    // Until the change is one that outputs show and the name does not.
    ASSERT_LT(++i, weights.size());
    if (i % kDepth == 0) continue;
    std::swap(weights[i - 1], weights[i]);
    const Buffers others = expected_outputs(other, inputs_);
    EXPECT_EQ(run(other), others);
    if (files().size() == 1 && others != expected_) break;
    if (files().size() == 2) fs::remove(files()[0] == path ? files()[1] : files()[0]);
    std::swap(weights[i - 1], weights[i]);
  }
  EXPECT_EQ(run(model_), expected_);
  EXPECT_EQ(run(other), expected_outputs(other, inputs_));
}

TEST_F(PackCacheTest, ManyThreadsMayStoreAtOnce) {
  std::vector<std::thread> threads;
  std::vector<Buffers> outputs(6);
  threads.reserve(outputs.size());
  for (Buffers& output : outputs) threads.emplace_back([&] { output = run(model_); });
  for (std::thread& thread : threads) thread.join();
  for (const Buffers& output : outputs) EXPECT_EQ(output, expected_);
  const ino_t stored = inode(file());  // and no temporary beside it
  run(model_);
  EXPECT_EQ(inode(file()), stored);
}

TEST_F(PackCacheTest, AFolderThatCannotBeWrittenToIsNamed) {
  const fs::path none = folder_ / "none";
  EXPECT_EQ(status_of(none).code(), QRUN_IO_ERROR);
  EXPECT_THAT(std::string(status_of(none).message()),
              HasSubstr("the pack cache " + none.string() + " cannot be written: No such file or directory; check"));
  std::ofstream(none) << "a file";
  EXPECT_THAT(std::string(status_of(none).message()), HasSubstr("Not a directory"));
  fs::remove(none);
}

TEST_F(PackCacheTest, AFolderMayBeReadOnlyOnceItHoldsTheFile) {
  if (::geteuid() == 0) GTEST_SKIP() << "permissions do not bind the superuser";
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_THAT(std::string(status_of(folder_).message()), HasSubstr("Permission denied; check the permissions"));
  fs::permissions(folder_, fs::perms::owner_all);
  run(model_);
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_TRUE(status_of(folder_).ok());
  fs::permissions(folder_, fs::perms::owner_all);
}

// Leaves `byte` where the next calls' variables come to lie.
[[gnu::noinline]] void litter_stack(std::uint8_t byte) {
  volatile std::uint8_t litter[1 << 15];
  for (volatile std::uint8_t& place : litter) place = byte;
}

// What is stored holds nothing of this process's memory but weights.
TEST_F(PackCacheTest, EqualConstantsAreEqualBytes) {
  const ModelBuilder network = sample_model("Network");
  const Bytes bytes = finish(network.model);
  const Result<Model> model = Model::from_buffer(bytes);
  for (const std::string& isa : available_rows()) {
    std::vector<std::string> stored;
    for (const std::uint8_t byte : {std::uint8_t{0x55}, std::uint8_t{0xAA}}) {
      litter_stack(byte);
      ASSERT_TRUE(Plan::create(*model, {.isa = isa.c_str(), .pack_cache = folder_.c_str()}).ok());
      stored.push_back(read_bytes(file()).substr(128));
      fs::remove(file());
    }
    EXPECT_EQ(stored[0], stored[1]) << isa;
  }
}

TEST_F(PackCacheTest, AnEmptyNameIsNoCache) {
  EXPECT_EQ(run_model(model_, inputs_, {.pack_cache = ""}), expected_);
  EXPECT_TRUE(files().empty());
}

}  // namespace
}  // namespace qrun::test
