// Concatenation without copies: what makes a part writes it into its place of the whole.

#pragma once

#include "kernels/kernels.h"
#include "runtime/plan/draft.h"

namespace qrun::runtime {

// Removes copies that only move one value, whole and in order, to a place in another, where nothing else needs the
// value elsewhere: it becomes a part of the other (Value::whole). `row` made the draft.
void join_in_place(Draft& draft, const kernels::Row& row);

}  // namespace qrun::runtime
