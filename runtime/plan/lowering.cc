#include "runtime/plan/lowering.h"

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/plan/operators.h"

namespace qrun::runtime {
namespace {

constexpr std::uint8_t kSignBit = 0x80;
// The first row, slowest first, that has this very function: a row inherits kernels that it does not improve.
std::string_view implementation_of(kernels::KernelFunction kernels::Row::*kernel, const kernels::Row& row) {
  const kernels::Row& reference = kernels::reference_row(row.domain);
  if (reference.*kernel == row.*kernel) return reference.name;
  for (const kernels::Row* other : kernels::rows()) {
    // Rows share kernels; one that this CPU lacks would make a strange name.
    if (other->*kernel == row.*kernel && other->available()) return other->name;
  }
  return row.name;
}

// Calls the lower() of the one type whose parameters the operator has.
template <class... Parameters>
void lower_as(Lowering& lowering, const qfb::Operator& op) {
  ((op.parameters_type() == qfb::ParametersTraits<Parameters>::enum_value
        ? lower(lowering, *static_cast<const Parameters*>(op.parameters()))
        : void()),
   ...);
}

}  // namespace

Lowering::Lowering(const Model& model, const kernels::Row& row, std::int32_t batch)
    : file_(model.file()), row_(row), batch_(batch), record_of_(file_.tensors()->size(), -1) {}

bool Lowering::has_input(std::uint32_t i) const { return i < input_count() && input(i) >= 0; }

const qfb::Tensor& Lowering::tensor(std::int32_t index) const {
  return *file_.tensors()->Get(static_cast<flatbuffers::uoffset_t>(index));
}

std::int32_t Lowering::stored_zero(std::int32_t index) const {
  const qfb::DType dtype = tensor(index).dtype();
  if (row_.domain == kernels::Domain::kUInt8 && dtype == qfb::DType::int8) return 128;
  if (row_.domain == kernels::Domain::kInt8 && dtype == qfb::DType::uint8) return -128;
  return 0;
}

std::uint8_t Lowering::flip_of(std::int32_t index) const { return stored_zero(index) == 0 ? 0 : kSignBit; }

kernels::Clamp Lowering::stored_clamp(std::int32_t index, const qfb::Clamp& clamp) const {
  return {clamp.min() + stored_zero(index), clamp.max() + stored_zero(index)};
}

ValueId Lowering::add_value(std::int32_t tensor, std::int32_t samples, Location location) {
  const std::int64_t bytes = elements(shape(tensor)) * element_bytes(tensor) * samples;
  draft_.values.push_back({static_cast<std::uint64_t>(bytes), location});
  return static_cast<ValueId>(draft_.values.size() - 1);
}

void Lowering::set_bytes(std::int32_t tensor, Bytes bytes) {
  if (flip_of(tensor) == 0) bytes.stored = bytes.edge = std::max(bytes.stored, bytes.edge);
  record_of_[static_cast<std::size_t>(tensor)] = static_cast<std::int32_t>(bytes_.size());
  bytes_.push_back(bytes);
}

Lowering::Bytes& Lowering::bytes_of(std::int32_t index) {
  const std::int32_t& record = record_of_[static_cast<std::size_t>(index)];
  if (record < 0) {
    // Operators come in order, so what nothing wrote before is a constant.
    const auto* root = reinterpret_cast<const std::uint8_t*>(&file_);
    const auto offset = static_cast<std::size_t>(tensor(index).data()->data() - root);
    Bytes bytes;
    bytes.file = add_value(index, 1, {Location::Space::kFile, offset});
    set_bytes(index, bytes);
  }
  return bytes_[static_cast<std::size_t>(record)];
}

ValueId Lowering::flipped(std::int32_t index, ValueId from) {
  DraftStep flip = step(&kernels::Row::flip, "flip");
  flip.units = static_cast<std::int32_t>(draft_.value(from).bytes);
  flip.grain = kCacheLine;
  flip.input[0] = from;
  flip.in_place[0] = true;
  flip.output = add_value(index, batch_);
  flip.operator_type = "Edge";
  flip.operator_index = -1;
  flip.tensor = index;
  const ValueId value = flip.output;
  emit(std::move(flip));
  return value;
}

ValueId Lowering::copies(std::int32_t index, ValueId file, std::uint8_t flip, std::int32_t count) {
  if (flip == 0 && count == 1) return file;
  const Value source = draft_.value(file);
  const auto* data = reinterpret_cast<const std::uint8_t*>(&file_) + source.location.offset;
  const auto fill = [data, bytes = source.bytes, flip, count](std::uint8_t* destination) {
    for (std::int32_t i = 0; i < count; ++i) {
      destination = std::transform(data, data + bytes, destination,
                                   [flip](std::uint8_t byte) { return static_cast<std::uint8_t>(byte ^ flip); });
    }
  };
  return add_value(index, count, add_constant(source.bytes * static_cast<std::uint64_t>(count), fill));
}

ValueId Lowering::read(std::int32_t index) {
  const Bytes bytes = bytes_of(index);
  if (bytes.stored != kNoValue) return bytes.stored;
  const ValueId stored =
      bytes.file == kNoValue ? flipped(index, bytes.edge) : copies(index, bytes.file, flip_of(index), batch_);
  return bytes_of(index).stored = stored;
}

ValueId Lowering::read_constant(std::int32_t index) {
  const Bytes bytes = bytes_of(index);
  if (bytes.file == kNoValue || bytes.constant != kNoValue) return bytes.constant;
  const ValueId constant = batch_ == 1 ? read(index) : copies(index, bytes.file, flip_of(index), 1);
  return bytes_of(index).constant = constant;
}

ValueId Lowering::edge(std::int32_t index) {
  if (flip_of(index) == 0) return read(index);
  const Bytes bytes = bytes_of(index);
  if (bytes.edge != kNoValue) return bytes.edge;
  const ValueId value = bytes.file == kNoValue ? flipped(index, bytes.stored) : copies(index, bytes.file, 0, batch_);
  return bytes_of(index).edge = value;
}

ValueId Lowering::write(std::int32_t index) {
  const ValueId value = add_value(index, batch_);
  set_bytes(index, {.stored = value});
  return value;
}

void Lowering::alias(std::int32_t output, std::int32_t input) {
  bytes_of(input);
  record_of_[static_cast<std::size_t>(output)] = record_of_[static_cast<std::size_t>(input)];
}

void Lowering::alias_stored(std::int32_t output, std::int32_t input) { set_bytes(output, {.stored = read(input)}); }

DraftStep Lowering::step(kernels::KernelFunction function, std::string name) const {
  DraftStep step;
  step.run = function;
  step.kernel = std::move(name);
  if (op_ != nullptr) {
    step.operator_type = qfb::EnumNameParameters(op_->parameters_type());
    step.operator_index = op_index_;
    step.tensor = output();
  }
  return step;
}

DraftStep Lowering::step(kernels::KernelFunction kernels::Row::*kernel, std::string_view name) const {
  return step(row_.*kernel, std::string(name).append("__").append(implementation_of(kernel, row_)));
}

void Lowering::emit(DraftStep step, KernelParams params, std::int64_t units) {
  step.params = params;
  step.units = static_cast<std::int32_t>(units * batch_);
  step.input[0] = read(input(0));
  step.output = write(output());
  emit(std::move(step));
}

Draft Lowering::run() {
  for (const std::int32_t input : *file_.inputs()) {
    const ValueId value = add_value(input, batch_);
    draft_.values.back().is_input = true;
    set_bytes(input, {.edge = value});
    draft_.inputs.push_back(value);
  }
  if (file_.operators() != nullptr) {
    for (const qfb::Operator* op : *file_.operators()) {
      op_ = op;
      ++op_index_;
      lower_as<qfb::Conv2D, qfb::DepthwiseConv2D, qfb::FullyConnected, qfb::Add, qfb::Mul, qfb::PRelu, qfb::Requantize,
               qfb::LeakyRelu, qfb::HardSwish, qfb::Lookup, qfb::Pool2D, qfb::Reduce, qfb::Softmax, qfb::ArgMax,
               qfb::Reshape, qfb::Transpose, qfb::Slice, qfb::Concatenation, qfb::Pad, qfb::Tile, qfb::Gather,
               qfb::ResizeBilinear, qfb::ResizeNearest>(*this, *op);
    }
  }
  op_ = nullptr;
  for (const std::int32_t output : *file_.outputs()) {
    const ValueId value = edge(output);
    draft_.value(value).is_output = true;
    draft_.outputs.push_back(value);
  }
  return std::move(draft_);
}

}  // namespace qrun::runtime
