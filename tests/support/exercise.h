// Takes bytes from anywhere through the public interface: load, and where they load, plan and run.

#pragma once

#include <cstddef>
#include <span>

namespace qrun::test {

// Whether they load. Plans and runs what does, where it is small enough to be quick. Aborts on broken promises: a
// failure without a message, a success with one. `bytes` are aligned to 8.
bool exercise(std::span<const std::byte> bytes);

}  // namespace qrun::test
