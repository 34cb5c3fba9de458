// SHA-256 in the C++ the rest of the runtime speaks: the state is the public qrun_sha256_state.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "qrun/qrun.h"

namespace qrun::runtime {

using Sha256Digest = std::array<std::uint8_t, 32>;

// FIPS 180-4, section 6.2. begin, any number of updates, end.
void sha256_begin(qrun_sha256_state& state);
void sha256_update(qrun_sha256_state& state, std::span<const std::uint8_t> bytes);
Sha256Digest sha256_end(qrun_sha256_state& state);

}  // namespace qrun::runtime
