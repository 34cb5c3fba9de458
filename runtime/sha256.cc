// The straightforward scalar form: digests are taken of files and outputs, where reading the memory costs as much.

#include "runtime/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace qrun::runtime {
namespace {

constexpr std::size_t kBlockBytes = 64;

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
constexpr std::uint32_t kRoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// Of the square roots of the first 8 primes.
constexpr std::uint32_t kInitialHash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                           0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

std::uint32_t load_big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

void store_big_endian(std::uint32_t word, std::uint8_t* bytes) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(word >> (24 - 8 * i));
}

void compress(std::uint32_t (&hash)[8], const std::uint8_t* block) {
  std::uint32_t w[64];
  for (std::size_t t = 0; t < 16; ++t) w[t] = load_big_endian(block + 4 * t);
  for (std::size_t t = 16; t < 64; ++t) {
    const std::uint32_t s0 = std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ (w[t - 15] >> 3);
    const std::uint32_t s1 = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ (w[t - 2] >> 10);
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = hash;
  for (std::size_t t = 0; t < 64; ++t) {
    const std::uint32_t sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t choice = (e & f) ^ (~e & g);
    const std::uint32_t t1 = h + sum1 + choice + kRoundConstants[t] + w[t];
    const std::uint32_t sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + sum0 + majority;
  }
  const std::uint32_t working[8] = {a, b, c, d, e, f, g, h};
  for (int i = 0; i < 8; ++i) hash[i] += working[i];
}

}  // namespace

void sha256_begin(qrun_sha256_state& state) {
  state = {};
  std::copy(std::begin(kInitialHash), std::end(kInitialHash), state.hash);
}

void sha256_update(qrun_sha256_state& state, std::span<const std::uint8_t> bytes) {
  std::size_t filled = state.length % kBlockBytes;
  state.length += bytes.size();
  if (filled > 0) {
    const std::size_t count = std::min(kBlockBytes - filled, bytes.size());
    std::copy_n(bytes.begin(), count, state.block + filled);
    bytes = bytes.subspan(count);
    if (filled + count < kBlockBytes) return;
    compress(state.hash, state.block);
  }
  for (; bytes.size() >= kBlockBytes; bytes = bytes.subspan(kBlockBytes)) compress(state.hash, bytes.data());
  std::copy(bytes.begin(), bytes.end(), state.block);
}

Sha256Digest sha256_end(qrun_sha256_state& state) {
  const std::uint64_t bits = state.length * 8;
  // A one bit, zeros, and the length as 64 bits that end a block.
  std::uint8_t padding[kBlockBytes + 8] = {0x80};
  const std::size_t filled = state.length % kBlockBytes;
  const std::size_t zeros_end = (filled < 56 ? 56 : 120) - filled;
  store_big_endian(static_cast<std::uint32_t>(bits >> 32), padding + zeros_end);
  store_big_endian(static_cast<std::uint32_t>(bits), padding + zeros_end + 4);
  sha256_update(state, {padding, zeros_end + 8});
  Sha256Digest digest;
  for (std::size_t i = 0; i < 8; ++i) store_big_endian(state.hash[i], digest.data() + 4 * i);
  return digest;
}

}  // namespace qrun::runtime
