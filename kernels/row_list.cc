// The list of rows, in a file alone so that tests may link theirs instead.

#include "kernels/kernels.h"

namespace qrun::kernels {

std::span<const Row* const> rows() { return library_rows(); }

}  // namespace qrun::kernels
