// Writes a fuzzer's seeds, one file each, or with --check says which in a folder are not as written.
//   write_corpus_FUZZER [--check] FOLDER

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

}  // namespace

int main(int argc, char** argv) {
  const bool check = argc == 3 && std::string_view(argv[1]) == "--check";
  if (argc != 2 && !check) {
    std::fprintf(stderr, "usage: %s [--check] FOLDER\n", argv[0]);
    return 2;
  }
  const std::filesystem::path folder = argv[argc - 1];
  if (!check) std::filesystem::create_directories(folder);
  int wrong = 0;
  for (const qrun::test::Seed& seed : qrun::test::seeds()) {
    const std::filesystem::path path = folder / seed.file;
    if (check ? is_current(path, seed.bytes) : write(path, seed.bytes)) continue;
    std::fprintf(stderr, "%s: %s\n", path.c_str(), check ? "not current; run write_corpus" : "cannot be written");
    ++wrong;
  }
  return wrong == 0 ? 0 : 1;
}
