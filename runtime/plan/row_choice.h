// Which instruction-set row a plan is made for.

#pragma once

#include <string>

#include "kernels/kernels.h"
#include "runtime/status.h"

namespace qrun::runtime {

// `isa`, else the environment's QRUN_ISA, else the best row of this CPU. Fails with kInvalidArgument for a name that no
// row has, with kUnsupported for one that this CPU cannot run.
Result<const kernels::Row*> choose_row(const std::string& isa);

}  // namespace qrun::runtime
