// SAME and VALID resolved into explicit pads: docs/arithmetic.md, Padding.

#pragma once

#include <memory>

#include "converter/graph.h"
#include "qfb_generated.h"

namespace qrun::converter {

// The file's window for an input [N,H,W,C]. Refuses strides, dilations and pads outside [1 or 0, 65535].
std::unique_ptr<qfb::Window> resolve(const Window& window, const Tensor& x, std::int32_t kernel_height,
                                     std::int32_t kernel_width);

}  // namespace qrun::converter
