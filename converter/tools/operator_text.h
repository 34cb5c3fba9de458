// An operator's parameters in a few words: what tells it from another of its type.

#pragma once

#include <string>

#include "qfb_generated.h"

namespace qrun::tools {

// "3x3 stride 2x2 pad 0,0,1,1 clamp -128..127"; pads are top, left, bottom, right. Empty where the shapes say all.
std::string operator_text(const qfb::Model& model, const qfb::Operator& op);

}  // namespace qrun::tools
