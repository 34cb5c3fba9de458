// The packed form of a depthwise convolution by products of 8 bits that are added up in 16:
//
//   ChainShape | row of zero points | group 0 | group 1 | ...
//   group of 8 channels: ChainGroup | int8 weights[terms][8] | uint16 tap[terms]
//
// A term is a tap and a weight of int8 for each channel; a tap whose weights, less their zero point, do not fit int8
// has more than one. A chain is a set of terms whose sum provably fits int16, whatever the activations: only its sum
// has to be added in 32 bits. Any two terms make one, but for weights of -128; of trained per-channel weights, the
// largest of which is 127, 9 terms take 4 chains, of per-tensor weights mostly a single one.
//
// Terms stand in the order in which they are multiplied. Those of a 3x3 kernel's taps come first, in the taps' order,
// cut into chains in one of the ways of kCuts, for each of which there is straight code. All other terms are put in an
// order of each group's own: chains of kChainLengths[0], then of [1], and so on.
//
// The last group of 8 or more channels overlaps the one before; fewer channels are computed as 8.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "kernels/dwconv/finish_neon.inl"
#include "kernels/kernels.h"
#include "kernels/rounding.h"

namespace qrun::kernels {
namespace {

constexpr std::int32_t kGroupChannels = 8;
constexpr std::int32_t kChainLengths[] = {9, 4, 3, 2, 1};  // that the kernel has straight code for
constexpr int kLongestChain = kChainLengths[0];

// Bit i: a chain ends after tap i of a 3x3 kernel. The fewest chains first.
constexpr std::uint32_t kCuts[] = {
    0b1'0000'0000,  // 9
    0b1'0001'0000,  // 5 4
    0b1'0101'0100,  // 3 2 2 2
    0b1'0101'0010,  // 2 3 2 2
    0b1'0100'1010,  // 2 2 3 2
    0b1'0010'1010,  // 2 2 2 3
    0b1'1010'1010,  // 2 2 2 2 1
};
constexpr std::int32_t kCutTaps = 9, kUncut = std::size(kCuts);

struct ChainGroup {
  NeonConstants constants[2];
  std::int32_t cut;                               // which of kCuts, or kUncut
  std::int32_t chains[std::size(kChainLengths)];  // of each length, of what is not cut so
  std::int32_t terms;
  std::uint32_t bytes;  // of all the group
  Form form;
  bool words;  // results_fit_words

  const std::int8_t* weights() const { return reinterpret_cast<const std::int8_t*>(this + 1); }
  std::int8_t* weights() { return reinterpret_cast<std::int8_t*>(this + 1); }
  const std::uint16_t* taps() const {
    return reinterpret_cast<const std::uint16_t*>(weights() + terms * kGroupChannels);
  }
  std::uint16_t* taps() { return reinterpret_cast<std::uint16_t*>(weights() + terms * kGroupChannels); }
  const ChainGroup* next() const {
    return reinterpret_cast<const ChainGroup*>(reinterpret_cast<const std::uint8_t*>(this) + bytes);
  }

  static std::size_t bytes_of(std::int32_t terms) {
    constexpr std::size_t kTermBytes = kGroupChannels + sizeof(std::uint16_t);
    return round_up(sizeof(ChainGroup) + static_cast<std::size_t>(terms) * kTermBytes, alignof(ChainGroup));
  }
};

// What products of a chain's weights with any int8 add up to, channel by channel.
class ChainSums {
 public:
  // Adds a term's weights where the sums with them fit int16: the greatest has activations of 127 at positive and of
  // -128 at negative weights, the least the other way round.
  bool add(const std::int8_t* weights) {
    std::int32_t greatest[kGroupChannels], least[kGroupChannels];
    for (std::int32_t i = 0; i < kGroupChannels; ++i) {
      const std::int32_t at_127 = weights[i] * 127, at_minus_128 = weights[i] * -128;
      greatest[i] = greatest_[i] + (weights[i] > 0 ? at_127 : at_minus_128);
      least[i] = least_[i] + (weights[i] > 0 ? at_minus_128 : at_127);
      if (greatest[i] > 32767 || least[i] < -32768) return false;
    }
    std::memcpy(greatest_, greatest, sizeof(greatest));
    std::memcpy(least_, least, sizeof(least));
    return true;
  }

 private:
  std::int32_t greatest_[kGroupChannels] = {}, least_[kGroupChannels] = {};
};

// Finds `length` terms that make a chain: the one at `first`, and of those after it each that fits. Returns whether
// there are as many.
inline bool find_chain(const ChainGroup& group, std::int32_t first, std::int32_t length, std::int32_t* members) {
  constexpr std::int32_t kMostTried = 64;  // so that large kernels are packed in linear time
  ChainSums sums;
  std::int32_t found = 0;
  const std::int32_t end = group.terms - first < kMostTried ? group.terms : first + kMostTried;
  for (std::int32_t term = first; term < end && found < length; ++term) {
    if (sums.add(group.weights() + term * kGroupChannels)) members[found++] = term;
  }
  return found == length;
}

inline void swap_terms(ChainGroup& group, std::int32_t a, std::int32_t b) {
  std::uint16_t* taps = group.taps();
  const std::uint16_t tap = taps[a];
  taps[a] = taps[b];
  taps[b] = tap;
  std::int8_t *of_a = group.weights() + a * kGroupChannels, *of_b = group.weights() + b * kGroupChannels;
  std::int8_t weights[kGroupChannels];
  std::memcpy(weights, of_a, sizeof(weights));
  std::memmove(of_a, of_b, sizeof(weights));
  std::memcpy(of_b, weights, sizeof(weights));
}

// Whether the 3x3 kernel's taps can be cut so.
inline bool allows_cut(const ChainGroup& group, std::uint32_t cut) {
  ChainSums sums;
  for (std::int32_t tap = 0; tap < kCutTaps; ++tap) {
    if (!sums.add(group.weights() + tap * kGroupChannels)) return false;
    if ((cut >> tap & 1) != 0) sums = {};
  }
  return true;
}

inline std::int32_t choose_cut(const ChainGroup& group) {
  std::int32_t cut = 0;
  while (cut < kUncut && !allows_cut(group, kCuts[cut])) ++cut;
  return cut;
}

// Puts the terms from `done` on in the order of their chains: as many of the longest as can be found, then of the next
// length. A term alone always fits, as 128 * 128 does.
inline void order_chains(ChainGroup& group, std::int32_t done) {
  for (std::size_t i = 0; i < std::size(kChainLengths); ++i) {
    const std::int32_t length = kChainLengths[i];
    for (std::int32_t first = done; first<group.terms; first = first + 1> done ? first + 1 : done) {
      std::int32_t members[kLongestChain];
      if (!find_chain(group, first, length, members)) continue;
      for (std::int32_t k = 0; k < length; ++k) swap_terms(group, done + k, members[k]);
      done += length;
      ++group.chains[i];
    }
  }
}

}  // namespace
}  // namespace qrun::kernels
