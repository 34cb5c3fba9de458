// How the reference convolutions, ordinary and depthwise, pack their constants:
//
//   int32 bias[channels] | Rescale rescale[channels] | int8 weights[...] in the file's order
//
// An absent bias becomes zeros, a single rescale is repeated, and uint8 weights become int8 ones, so that the kernels
// know one case only. All is static: see quantize.h.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/conv/flatten.h"
#include "kernels/kernels.h"

namespace qrun::kernels::reference {

struct PackedConv {
  const std::int32_t* bias;
  const Rescale* rescale;
  const std::int8_t* weights;
};

static PackedConv unpack_conv(const std::uint8_t* packed, std::int32_t channels) {
  const auto* bias = reinterpret_cast<const std::int32_t*>(packed);
  const auto* rescale = reinterpret_cast<const Rescale*>(bias + channels);
  return {bias, rescale, reinterpret_cast<const std::int8_t*>(rescale + channels)};
}

static void pack_conv(const ConvConstants& constants, std::size_t channels, std::size_t weights, std::uint8_t* packed) {
  const std::size_t bias_bytes = channels * sizeof(std::int32_t);
  if (constants.bias != nullptr) {
    std::memcpy(packed, constants.bias, bias_bytes);
  } else {
    std::memset(packed, 0, bias_bytes);
  }
  packed += bias_bytes;
  for (std::size_t c = 0; c < channels; ++c, packed += sizeof(Rescale)) {
    std::memcpy(packed, &constants.rescale[constants.rescale_count == 1 ? 0 : c], sizeof(Rescale));
  }
  for (std::size_t i = 0; i < weights; ++i) packed[i] = constants.weights[i] ^ constants.weights_flip;
}

// The kernel that accepts everything and packs so. kWeights: the number of weights of such a convolution.
template <std::size_t (*kWeights)(const ConvParams&)>
static constexpr ConvKernel conv_kernel(const char* name, KernelFunction run) {
  return {
      .name = name,
      .accepts = [](const ConvParams&, const ConvConstants&) { return true; },
      .cost =
          [](const ConvParams& params) {
            return std::int64_t{pixel_count(params)} *
                   (static_cast<std::int64_t>(kWeights(params)) * 4 + params.output_channels * 20);
          },
      .packed_bytes =
          [](const ConvParams& params, const ConvConstants&) {
            const auto channels = static_cast<std::size_t>(params.output_channels);
            return channels * (sizeof(std::int32_t) + sizeof(Rescale)) + kWeights(params);
          },
      .pack =
          [](const ConvParams& params, const ConvConstants& constants, std::uint8_t* packed) {
            pack_conv(constants, static_cast<std::size_t>(params.output_channels), kWeights(params), packed);
          },
      .scratch_bytes = [](const ConvParams&) { return std::size_t{0}; },
      .units =
          [](const ConvParams& params) {
            return Units{pixel_count(params), 1};
          },
      .run = run,
  };
}

}  // namespace qrun::kernels::reference
