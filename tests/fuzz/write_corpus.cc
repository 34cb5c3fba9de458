// Writes a fuzzer's seeds, one file each, or with --check says which in a folder are not as written, and what else is
// there.
//   write_corpus_FUZZER [--check] FOLDER

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "tests/fuzz/seeds.h"

namespace {

using Bytes = std::vector<std::uint8_t>;

bool is_current(const std::filesystem::path& path, const Bytes& bytes) {
  std::ifstream stream(path, std::ios::binary);
  const std::string found{std::istreambuf_iterator<char>(stream), {}};
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()) == found;
}

bool write(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return stream.good();
}

// How many files are there that are no seeds: a fuzzer leaves its finds in the first folder that it is given.
int count_strangers(const std::filesystem::path& folder, const std::vector<qrun::test::Seed>& seeds) {
  int strangers = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (std::ranges::any_of(seeds, [&](const qrun::test::Seed& seed) { return seed.file == name; })) continue;
    std::fprintf(stderr, "%s: no seed; remove it\n", entry.path().c_str());
    ++strangers;
  }
  return strangers;
}

}  // namespace

int main(int argc, char** argv) {
  const bool check = argc == 3 && std::string_view(argv[1]) == "--check";
  if (argc != 2 && !check) {
    std::fprintf(stderr, "usage: %s [--check] FOLDER\n", argv[0]);
    return 2;
  }
  const std::filesystem::path folder = argv[argc - 1];
  if (!check) std::filesystem::create_directories(folder);
  const std::vector<qrun::test::Seed> seeds = qrun::test::seeds();
  int wrong = check ? count_strangers(folder, seeds) : 0;
  for (const qrun::test::Seed& seed : seeds) {
    const std::filesystem::path path = folder / seed.file;
    if (check ? is_current(path, seed.bytes) : write(path, seed.bytes)) continue;
    std::fprintf(stderr, "%s: %s\n", path.c_str(), check ? "not current; run write_corpus" : "cannot be written");
    ++wrong;
  }
  return wrong == 0 ? 0 : 1;
}
