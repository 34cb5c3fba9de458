// Finds the adds whose three rescales come to one line through both inputs, which takes a third of the time.
//
// Each rescale rounds, so that an add is not linear in general. But what its roundings move is far below what a stored
// number shows: among the 65,536 pairs of inputs there is rarely one that a roundings' difference carries to another
// output. Whether there is, is not argued but tried: both kernels run on all pairs.

#pragma once

#include <optional>

#include "kernels/kernels.h"

namespace qrun::runtime {

// The linear form of an add on the row, without its broadcast; nothing where the row has no kernel for it, where it
// cannot hold the weights, or where it gives another byte for any pair of inputs.
std::optional<kernels::LinearAddParams> linear_form(const kernels::Row& row, const kernels::AddParams& add);

}  // namespace qrun::runtime
