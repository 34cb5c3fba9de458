// Real functions of one variable, and the 256-entry tables they become: docs/arithmetic.md, Tables.

#pragma once

#include <cstdint>
#include <string_view>

#include "converter/lower/lowering.h"
#include "converter/lower/quantities.h"

namespace qrun::converter {

using RealFunction = double (*)(double);

// By the names of graph.h's Function; null where there is none of that name.
RealFunction find_function(std::string_view name);

// Entry [q as a byte] is the output's byte for input q. Computed in double, rounded to float32 where the formula says
// so: the same on every machine. What is not a number becomes the least value of the output.
ByteTable tabulate(RealFunction function, const Affine& x, const Affine& y);

// One entry for each q of x's type, which `byte_of(q)` computes.
template <class ByteOf>
ByteTable make_table(const Affine& x, ByteOf byte_of) {
  ByteTable table{};
  for (std::int32_t q = x.min; q <= x.max; ++q) table[static_cast<std::uint8_t>(q)] = byte_of(q);
  return table;
}

// The Lookup operator of a table; `name` is for people.
void emit_lookup(const ByteTable& table, std::string_view name, TensorId input, TensorId output, Lowering& out);

// round(real) + zero_point in float32, halves away from zero, saturated to the output's type.
std::uint8_t quantized_byte(float real, const Affine& y);

}  // namespace qrun::converter
