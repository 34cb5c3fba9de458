// Packed constants kept in a folder from one plan to the next: mapped where they are there, else packed and stored.
//
//   Header | the constants, as ConstantPool packs them
//
// One file for each model, row and way of packing. A file is used only where all of it is proved to be what was
// written for this very model: its header names this library's sources, the row and every parameter of packing, and
// carries hashes of the model and of the constants whose key is its own random number. So damage and foreign files are
// found, and a model made to be taken for another is too, as its maker cannot read the key. Whoever can write to the
// folder can have any bytes used: it must be as trusted as the program.

#pragma once

#include <string>

#include "kernels/kernels.h"
#include "runtime/model.h"
#include "runtime/plan/constant_pool.h"
#include "runtime/plan/packed_constants.h"
#include "runtime/status.h"
#include "runtime/team.h"

namespace qrun::runtime {

// Fails with kIoError where nothing usable is there and nothing can be stored; the message names the folder.
Result<PackedConstants> pack_through_cache(const ConstantPool& pool, const Model& model, const kernels::Row& row,
                                           const Team& team, const std::string& folder);

}  // namespace qrun::runtime
