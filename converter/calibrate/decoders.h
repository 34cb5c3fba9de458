// What the stb library decodes for us: images, and deflated data.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace qrun::converter::calibrate {

struct Image {
  int width = 0, height = 0, channels = 0;
  std::vector<float> pixels;  // [height, width, channels], in 0..255
};

// A .png, .jpg or .ppm file, as RGB where `channels` is 3 and as gray where it is 1. Transparency is dropped; what a
// camera's orientation tag says is not applied.
Image decode_image(std::span<const std::uint8_t> file, int channels);

// A raw deflate stream that gives exactly `size` bytes.
std::string inflate(std::span<const std::uint8_t> packed, std::uint64_t size);

}  // namespace qrun::converter::calibrate
