#include "converter/calibrate/decoders.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "converter/refusal.h"

// Of its formats only these, without its own reading of files and without vectors: plain code for everyone's pictures.
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_PNM
#define STBI_NO_STDIO
#define STBI_NO_SIMD
#define STBI_MAX_DIMENSIONS (1 << 15)
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

namespace qrun::converter::calibrate {
namespace {

constexpr std::size_t kMaxBytes = std::numeric_limits<int>::max() / 2;  // of what stb counts with an int

struct FreePixels {
  void operator()(stbi_uc* pixels) const { stbi_image_free(pixels); }
};

}  // namespace

Image decode_image(std::span<const std::uint8_t> file, int channels) {
  if (file.size() > kMaxBytes) throw Refusal("it is too large for an image");
  Image image;
  image.channels = channels;
  int file_channels = 0;
  const std::unique_ptr<stbi_uc, FreePixels> pixels(stbi_load_from_memory(
      file.data(), static_cast<int>(file.size()), &image.width, &image.height, &file_channels, channels));
  if (!pixels) refuse("it cannot be decoded as .png, .jpg or .ppm ({})", stbi_failure_reason());
  // Of a .ppm whose head says so.
  if (image.width < 1 || image.height < 1) refuse("it has no pixels: {} x {}", image.width, image.height);
  const std::size_t count = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) *
                            static_cast<std::size_t>(channels);
  image.pixels.assign(pixels.get(), pixels.get() + count);
  return image;
}

std::string inflate(std::span<const std::uint8_t> packed, std::uint64_t size) {
  if (std::max<std::uint64_t>(size, packed.size()) > kMaxBytes) {
    throw Refusal("it is deflated and 1 GiB or more; save it with numpy.savez, which does not compress");
  }
  // A match of 258 bytes takes two bits at least: what claims more than that is not worth the memory.
  constexpr std::uint64_t kMaxRatio = 1032;
  if (size / kMaxRatio > packed.size()) throw Refusal("its deflated data are damaged");
  // stb looks ahead, into what in a .png file is a checksum.
  constexpr std::size_t kLookahead = 8;
  std::vector<char> padded(packed.begin(), packed.end());
  padded.resize(packed.size() + kLookahead, '\0');
  std::string result(static_cast<std::size_t>(size), '\0');
  const int count = stbi_zlib_decode_noheader_buffer(result.data(), static_cast<int>(size), padded.data(),
                                                     static_cast<int>(padded.size()));
  if (count < 0 || static_cast<std::uint64_t>(count) != size) throw Refusal("its deflated data are damaged");
  return result;
}

}  // namespace qrun::converter::calibrate
