// FIPS 180-4's examples, and that the division into updates does not matter.

#include "runtime/sha256.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace qrun::test {
namespace {

std::string hex(const runtime::Sha256Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// In updates of `step` bytes.
std::string digest_of(std::string_view text, std::size_t step) {
  qrun_sha256_state state;
  runtime::sha256_begin(state);
  for (; text.size() > step; text.remove_prefix(step)) runtime::sha256_update(state, bytes_of(text.substr(0, step)));
  runtime::sha256_update(state, bytes_of(text));
  return hex(runtime::sha256_end(state));
}

TEST(Sha256, KnownDigests) {
  EXPECT_EQ(digest_of("", 64), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of("abc", 64), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 64),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest_of("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                      "mnopqrstnopqrstu",
                      64),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(digest_of(std::string(1000000, 'a'), 4096),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, UpdatesMayBeCutAnywhere) {
  for (std::size_t size : {0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 200}) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(i * 7);
    const std::string whole = digest_of(text, 1000);
    for (std::size_t step = 1; step <= 130; ++step) ASSERT_EQ(digest_of(text, step), whole) << size << " by " << step;
  }
}

}  // namespace
}  // namespace qrun::test
