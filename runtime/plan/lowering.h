// From a checked model's operators to a draft of the plan: kernels, their parameters in the storage domain, values.
//
// Domains: the row stores all 8-bit activations as int8 or all as uint8; a file may mix both. What the file says about
// a tensor (zero point, clamp, fill) becomes a number of the storage domain by adding stored_zero(tensor). Bytes are
// flipped only where the caller sees them, at graph inputs and outputs, and in 8-bit constants that serve as
// activations.
//
// Batches: a value holds the plan's samples one after the other, each laid out as the file's tensor. Shapes are those
// of one sample; who makes parameters of them multiplies what goes over samples - images, rows, units - or adds a
// dimension. Constants are one sample that all share.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/model.h"
#include "runtime/plan/draft.h"
#include "runtime/plan/strides.h"
#include "runtime/tensor.h"

namespace qrun::runtime {

class Lowering {
 public:
  // Requires: check_batch(model, batch).
  Lowering(const Model& model, const kernels::Row& row, std::int32_t batch);

  // Lowers the whole graph.
  Draft run();

  const kernels::Row& row() const { return row_; }
  std::int32_t batch() const { return batch_; }

  // ---- Of the operator being lowered: file tensors by their index.
  bool has_input(std::uint32_t i) const;  // an optional input may be absent
  std::uint32_t input_count() const { return op_->inputs()->size(); }
  std::int32_t input(std::uint32_t i) const { return op_->inputs()->Get(i); }
  std::int32_t output() const { return op_->outputs()->Get(0); }

  // ---- Of a file tensor.
  const qfb::Tensor& tensor(std::int32_t index) const;
  Shape shape(std::int32_t index) const { return shape_of(tensor(index)); }
  std::int32_t element_bytes(std::int32_t index) const { return dtype_bytes(tensor(index).dtype()); }
  // The stored number of the file's 0.
  std::int32_t stored_zero(std::int32_t index) const;
  // What takes a byte of the file to the stored one: 0x80 or 0.
  std::uint8_t flip_of(std::int32_t index) const;
  kernels::Clamp stored_clamp(std::int32_t index, const qfb::Clamp& clamp) const;

  // ---- Values.
  // The tensor's stored bytes, to be read; may add a flip. Of a constant a copy for each sample.
  ValueId read(std::int32_t tensor);
  // The stored bytes of a constant, once for all samples; kNoValue where the tensor is none.
  ValueId read_constant(std::int32_t tensor);
  bool is_constant(ValueId value) const { return draft_.value(value).is_constant(); }
  // A new value for the tensor's stored bytes.
  ValueId write(std::int32_t tensor);
  // `output` has the bytes of `input` (the same dtype, stored or at the edge).
  void alias(std::int32_t output, std::int32_t input);
  // `output` has the stored bytes of `input`, perhaps of another dtype.
  void alias_stored(std::int32_t output, std::int32_t input);

  // ---- Steps.
  // One that writes the operator's output: the caller adds parameters, units, inputs and the output's value.
  DraftStep step(kernels::KernelFunction function, std::string name) const;
  // One of the row's own kernels.
  DraftStep step(kernels::KernelFunction kernels::Row::*kernel, std::string_view name) const;
  void emit(DraftStep step) { draft_.steps.push_back(std::move(step)); }
  // One that reads the operator's first input alone, with these parameters; units of one sample.
  void emit(DraftStep step, KernelParams params, std::int64_t units);
  // A constant of the plan's: see ConstantPool.
  Location add_constant(std::uint64_t bytes, ConstantPool::Fill fill, std::string form = {}) {
    return draft_.constants.add(bytes, std::move(fill), std::move(form));
  }

 private:
  // A tensor's bytes as kernels store them and as the file declares them: the same value where the dtypes agree.
  struct Bytes {
    ValueId stored = kNoValue;
    ValueId edge = kNoValue;
    // Of a constant: its one sample, in the file and as kernels store it.
    ValueId file = kNoValue;
    ValueId constant = kNoValue;
  };

  Bytes& bytes_of(std::int32_t tensor);
  // Adds a record of the tensor's bytes; where the file's dtype is the stored one, either value is both.
  void set_bytes(std::int32_t tensor, Bytes bytes);
  ValueId add_value(std::int32_t tensor, std::int32_t samples, Location location = {});
  ValueId flipped(std::int32_t tensor, ValueId from);
  // Copies of a constant's bytes in the file, each ^ flip.
  ValueId copies(std::int32_t tensor, ValueId file, std::uint8_t flip, std::int32_t count);
  ValueId edge(std::int32_t tensor);

  const qfb::Model& file_;
  const kernels::Row& row_;
  const std::int32_t batch_;
  Draft draft_;
  std::vector<Bytes> bytes_;
  std::vector<std::int32_t> record_of_;  // by file tensor: index into bytes_, or -1
  const qfb::Operator* op_ = nullptr;
  std::int32_t op_index_ = -1;
};

}  // namespace qrun::runtime
