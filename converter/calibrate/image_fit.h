// Images in the size of a network's input.

#pragma once

#include "converter/calibrate/decoders.h"

namespace qrun::converter::calibrate {

struct ImageSize {
  int width, height;
};

// The center, of this size, of the image resized to `whole`, which is no smaller. Each pixel is the mean, weighted by a
// triangle, of the pixels around it: bilinear where the image grows, and without aliasing where it shrinks, as Pillow's
// BILINEAR.
Image resized_center(const Image& image, ImageSize whole, ImageSize size);

}  // namespace qrun::converter::calibrate
