// The seeds of one fuzzer: small inputs that reach all of what it tests. Each fuzzer's *_seeds.cc has its own.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qrun::test {

struct Seed {
  std::string file;  // its name in the corpus
  std::vector<std::uint8_t> bytes;
};

std::vector<Seed> seeds();

}  // namespace qrun::test
