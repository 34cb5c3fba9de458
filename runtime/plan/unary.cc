// Functions of one byte. The row's own kernel where it has one; else a table, filled by running the reference kernel
// over the 256 inputs. One that changes no stored byte - a quantization that only moves int8 to uint8 - costs no step.

#include <algorithm>
#include <array>

#include "runtime/plan/images.h"
#include "runtime/plan/operators.h"

namespace qrun::runtime {
namespace {

using Table = std::array<std::uint8_t, 256>;  // by stored input byte

Table identity() {
  Table table;
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<std::uint8_t>(i);
  return table;
}

template <class Params>
Table tabulate(kernels::KernelFunction reference, const Params& params) {
  const Table inputs = identity();
  Table outputs;
  const kernels::Operands operands{{inputs.data(), nullptr}, outputs.data(), nullptr, nullptr};
  reference(&params, operands, {0, static_cast<std::int32_t>(inputs.size())});
  return outputs;
}

void emit(Lowering& lowering, DraftStep step) {
  step.units = static_cast<std::int32_t>(elements(lowering.shape(lowering.output())) * lowering.batch());
  step.grain = kCacheLine;
  step.rows = elementwise_rows(lowering, lowering.shape(lowering.output()));
  if (step.rows) step.rows->units_per_row = static_cast<std::int32_t>(step.rows->output_row_bytes);
  step.input[0] = lowering.read(lowering.input(0));
  step.in_place[0] = true;
  step.output = lowering.write(lowering.output());
  lowering.emit(std::move(step));
}

void emit_lookup(Lowering& lowering, const Table& table) {
  DraftStep step = lowering.step(&kernels::Row::lookup, "lookup");
  step.constant = lowering.add_constant(
      table.size(), [table](std::uint8_t* destination) { std::copy(table.begin(), table.end(), destination); });
  emit(lowering, std::move(step));
}

template <class Params>
void lower_unary(Lowering& lowering, kernels::KernelFunction kernels::Row::*kernel, const char* name,
                 const Params& params) {
  const kernels::Row& row = lowering.row();
  const Table table = tabulate(kernels::reference_row(row.domain).*kernel, params);
  if (table == identity()) return lowering.alias_stored(lowering.output(), lowering.input(0));
  if (row.*kernel == nullptr) return emit_lookup(lowering, table);
  DraftStep step = lowering.step(kernel, name);
  step.params = params;
  emit(lowering, std::move(step));
}

}  // namespace

void lower(Lowering& lowering, const qfb::Requantize& op) {
  lower_unary(lowering, &kernels::Row::requantize, "requantize",
              kernels::RequantizeParams{op.input_zero_point() + lowering.stored_zero(lowering.input(0)),
                                        op.output_zero_point() + lowering.stored_zero(lowering.output()),
                                        native(*op.rescale()), lowering.stored_clamp(lowering.output(), *op.clamp())});
}

void lower(Lowering& lowering, const qfb::LeakyRelu& op) {
  lower_unary(lowering, &kernels::Row::leaky_relu, "leaky_relu",
              kernels::LeakyReluParams{op.input_zero_point() + lowering.stored_zero(lowering.input(0)),
                                       op.output_zero_point() + lowering.stored_zero(lowering.output()),
                                       native(*op.rescale()), native(*op.alpha_rescale()), op.negate_alpha() ? -1 : 1});
}

void lower(Lowering& lowering, const qfb::HardSwish& op) {
  lower_unary(
      lowering, &kernels::Row::hard_swish, "hard_swish",
      kernels::HardSwishParams{op.input_zero_point() + lowering.stored_zero(lowering.input(0)),
                               op.output_zero_point() + lowering.stored_zero(lowering.output()), op.output_multiplier(),
                               op.reluish_multiplier(), op.output_exponent(), op.reluish_exponent()});
}

void lower(Lowering& lowering, const qfb::Lookup& op) {
  const std::uint8_t in = lowering.flip_of(lowering.input(0));
  const std::uint8_t out = lowering.flip_of(lowering.output());
  Table table;
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    table[byte] = static_cast<std::uint8_t>(op.table()->Get(static_cast<flatbuffers::uoffset_t>(byte ^ in)) ^ out);
  }
  if (table == identity()) return lowering.alias_stored(lowering.output(), lowering.input(0));
  emit_lookup(lowering, table);
}

}  // namespace qrun::runtime
