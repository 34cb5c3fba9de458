// Data movement but slices: what copies elements, whatever they mean.

#include <algorithm>
#include <numeric>

#include "converter/onnx/operators.h"
#include "converter/onnx/pool.h"

namespace qrun::converter {
namespace {

std::int64_t product(const Shape& shape, std::size_t begin, std::size_t end) {
  std::int64_t result = 1;
  for (std::size_t i = begin; i < end; ++i) result *= shape[i];
  return result;
}

void emit_reshape(NodeReader& reader, const Value& x, const std::vector<std::int64_t>& extents) {
  const Shape shape = checked_shape(extents, x.type);
  const std::int64_t elements = product(shape, 0, shape.size());
  if (elements != product(x.shape, 0, x.rank())) {
    refuse("its input has the shape {} and its output {}, which differ in elements", shape_text(x.shape),
           shape_text(shape));
  }
  const Value y = reader.result(x.type, shape, identity_order(shape.size()));
  reader.emit_movement(Reshape{}, {reader.builder().canonical(x)}, y);
  reader.define(y);
}

std::vector<std::int64_t> wide(const Shape& shape) { return {shape.begin(), shape.end()}; }

// Per axis of the source, in the order in which the value is held.
template <class T>
std::vector<std::int32_t> held_order(const std::vector<T>& per_axis, const Order& order) {
  std::vector<std::int32_t> result;
  for (const std::size_t axis : order) result.push_back(static_cast<std::int32_t>(per_axis[axis]));
  return result;
}

// What negative pads leave of x; they are 0 afterwards.
Value cropped(NodeReader& reader, const Value& x, std::vector<std::int64_t>& before, std::vector<std::int64_t>& after) {
  std::vector<std::int64_t> begin(x.rank(), 0), extents = wide(x.shape);
  for (std::size_t i = 0; i < x.rank(); ++i) {
    begin[i] = std::max<std::int64_t>(0, -before[i]);
    extents[i] -= begin[i] + std::max<std::int64_t>(0, -after[i]);
    if (extents[i] < 1) refuse("its pads {} and {} leave nothing of {}", before[i], after[i], x.shape[i]);
    before[i] = std::max<std::int64_t>(0, before[i]);
    after[i] = std::max<std::int64_t>(0, after[i]);
  }
  if (extents == wide(x.shape)) return x;
  Value y = reader.temporary(x.type, checked_shape(extents, x.type), x.order);
  reader.emit_movement(Slice{held_order(begin, x.order), std::vector<std::int32_t>(x.rank(), 1)}, {x}, y);
  return y;
}

}  // namespace

Value concatenate(NodeReader& reader, const std::vector<Value>& parts) {
  if (parts.empty()) throw Refusal("it has no inputs");
  const std::size_t rank = parts[0].rank(), axis = NodeReader::axis(reader.integer("axis", 0), rank);
  const auto leader = std::ranges::find_if(
      parts, [&](const Value& part) { return !reader.is_constant(part) && !is_identity(part.order); });
  const Order order = leader == parts.end() ? parts[0].order : leader->order;
  Shape shape = parts[0].shape;
  std::int64_t extent = 0;
  std::vector<Value> inputs;
  for (const Value& part : parts) {
    Shape others = part.shape;
    if (part.rank() == rank) others[axis] = shape[axis];
    if (others != shape) {
      refuse("its inputs have shapes {} and {}; they may differ along axis {} only", shape_text(shape),
             shape_text(part.shape), axis);
    }
    extent += part.shape[axis];
    inputs.push_back(reader.builder().reordered(part, order));
  }
  std::vector<std::int64_t> extents = wide(shape);
  extents[axis] = extent;
  Value y = reader.temporary(parts[0].type, checked_shape(extents, parts[0].type), order);
  const auto held_axis = static_cast<std::int32_t>(std::ranges::find(order, axis) - order.begin());
  reader.emit_movement(Concatenation{held_axis}, inputs, y);
  return y;
}

namespace onnx_operators {

void identity(NodeReader& reader) { reader.finish(reader.input()); }

void reshape(NodeReader& reader) {
  const Value& x = reader.input();
  std::vector<std::int64_t> extents = reader.constant_integers(1);
  const bool zero_is_zero = reader.integer("allowzero", 0) != 0;
  std::int64_t known = 1, rest = -1;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    if (extents[i] == 0 && !zero_is_zero) {
      if (i >= x.rank()) refuse("its shape keeps axis {} of rank {}", i, x.rank());
      extents[i] = x.shape[i];
    }
    if (extents[i] < -1 || (extents[i] == -1 && rest >= 0)) refuse("its shape has the extent {}", extents[i]);
    if (extents[i] == -1) {
      rest = static_cast<std::int64_t>(i);
    } else if (__builtin_mul_overflow(known, extents[i], &known)) {
      throw Refusal("its shape takes 2 GiB or more");
    }
  }
  if (rest >= 0) {
    const std::int64_t elements = product(x.shape, 0, x.rank());
    if (known == 0 || elements % known != 0) {
      refuse("{} elements do not divide into extents of {}", elements, known);
    }
    extents[static_cast<std::size_t>(rest)] = elements / known;
  }
  emit_reshape(reader, x, extents);
}

void flatten(NodeReader& reader) {
  const Value& x = reader.input();
  const std::int64_t axis = reader.integer("axis", 1), rank = static_cast<std::int64_t>(x.rank());
  if (axis < -rank || axis > rank) refuse("its axis {} does not exist; the rank is {}", axis, rank);
  const auto split = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
  emit_reshape(reader, x, {product(x.shape, 0, split), product(x.shape, split, x.rank())});
}

void squeeze(NodeReader& reader) {
  const Value& x = reader.input();
  const auto axes = reader.parameter("axes", 1);
  std::vector<bool> drops(x.rank(), false);
  for (std::size_t i = 0; i < x.rank(); ++i) drops[i] = !axes && x.shape[i] == 1;
  for (const std::int64_t entry : axes.value_or(std::vector<std::int64_t>{})) {
    const std::size_t axis = NodeReader::axis(entry, x.rank());
    if (x.shape[axis] != 1) refuse("it squeezes axis {} of shape {}", axis, shape_text(x.shape));
    drops[axis] = true;
  }
  std::vector<std::int64_t> extents;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (!drops[i]) extents.push_back(x.shape[i]);
  }
  emit_reshape(reader, x, extents);
}

void unsqueeze(NodeReader& reader) {
  const Value& x = reader.input();
  const auto axes = reader.parameter("axes", 1);
  if (!axes) throw Refusal("its axes are missing from the file");
  const std::size_t rank = x.rank() + axes->size();
  if (rank > kMaxRank) refuse("its output has rank {}", rank);
  std::vector<bool> is_new(rank, false);
  for (const std::int64_t axis : *axes) is_new[NodeReader::axis(axis, rank)] = true;
  if (static_cast<std::size_t>(std::ranges::count(is_new, true)) != axes->size())
    throw Refusal("it names an axis twice");
  std::vector<std::int64_t> extents;
  std::size_t next = 0;
  for (std::size_t i = 0; i < rank; ++i) extents.push_back(is_new[i] ? 1 : x.shape[next++]);
  emit_reshape(reader, x, extents);
}

// Nothing moves: the order of the axes is another.
void transpose(NodeReader& reader) {
  const Value& x = reader.input();
  std::vector<std::int64_t> permutation = reader.integers("perm");
  if (permutation.empty()) {
    for (std::size_t i = x.rank(); i-- > 0;) permutation.push_back(static_cast<std::int64_t>(i));
  }
  if (permutation.size() != x.rank())
    refuse("its permutation has {} entries for rank {}", permutation.size(), x.rank());
  Value y = x;
  std::vector<std::size_t> new_axis(x.rank(), x.rank());
  for (std::size_t i = 0; i < x.rank(); ++i) {
    const std::size_t axis = NodeReader::axis(permutation[i], x.rank());
    if (new_axis[axis] != x.rank()) refuse("its permutation names axis {} twice", axis);
    new_axis[axis] = i;
    y.shape[i] = x.shape[axis];
  }
  for (std::size_t& axis : y.order) axis = new_axis[axis];
  y.name = reader.output_name();
  reader.define(y);
}

void concat(NodeReader& reader) {
  std::vector<Value> parts;
  for (std::size_t i = 0; i < reader.input_count(); ++i) parts.push_back(reader.input(i));
  reader.finish(concatenate(reader, parts));
}

void pad(NodeReader& reader) {
  const Value& x = reader.input();
  if (const std::string mode = reader.text("mode", "constant"); mode != "constant") {
    refuse("its mode '{}' is not supported; pad with a constant", mode);
  }
  const auto pads = reader.parameter("pads", 1);
  std::vector<std::int64_t> before(x.rank(), 0), after(x.rank(), 0), extents = wide(x.shape);
  const std::vector<std::int64_t> axes = reader.has_input(3) ? reader.constant_integers(3) : [&] {
    std::vector<std::int64_t> all(x.rank());
    std::iota(all.begin(), all.end(), std::int64_t{0});
    return all;
  }();
  if (!pads || pads->size() != 2 * axes.size()) refuse("it does not have two pads for each of {} axes", axes.size());
  std::vector<bool> is_padded(x.rank(), false);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = NodeReader::axis(axes[i], x.rank());
    if (is_padded[axis]) refuse("it names axis {} twice", axis);
    is_padded[axis] = true;
    before[axis] = (*pads)[i];
    after[axis] = (*pads)[i + axes.size()];
    for (const std::int64_t amount : {before[axis], after[axis]}) {
      if (amount < -65535 || amount > 65535) refuse("a padding is {}; it must be in [-65535, 65535]", amount);
    }
    extents[axis] += before[axis] + after[axis];
  }
  const Value source = cropped(reader, x, before, after);
  Pad pad{held_order(before, x.order), held_order(after, x.order), {}};
  if (is_8_bit(x.type)) {
    pad.value = reader.has_input(2)         ? static_cast<std::int32_t>(reader.zero_point(2))
                : is_unsigned_8_bit(x.type) ? -128
                                            : 0;
  } else {
    pad.real = reader.has_input(2) ? reader.constant_real(2) : reader.real("value", 0);
  }
  const Value y = reader.result(x.type, checked_shape(extents, x.type), x.order);
  reader.emit_movement(std::move(pad), {source}, y);
  reader.define(y);
}

void tile(NodeReader& reader) {
  const Value& x = reader.input();
  const std::vector<std::int64_t> repeats = reader.constant_integers(1);
  if (repeats.size() != x.rank()) refuse("it has {} repeats for rank {}", repeats.size(), x.rank());
  std::vector<std::int64_t> extents = wide(x.shape);
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    if (repeats[i] < 1 || repeats[i] > 65535) refuse("it repeats {} times; it must be in [1, 65535]", repeats[i]);
    extents[i] *= repeats[i];
  }
  const Value y = reader.result(x.type, checked_shape(extents, x.type), x.order);
  reader.emit_movement(Tile{held_order(repeats, x.order)}, {x}, y);
  reader.define(y);
}

void expand(NodeReader& reader) {
  const std::vector<std::int64_t> wanted = reader.constant_integers(1);
  Value x = reader.canonical(0);
  if (wanted.size() > kMaxRank) refuse("its output has rank {}", wanted.size());
  if (wanted.size() > x.rank()) {
    Shape shape = x.shape;
    shape.insert(shape.begin(), wanted.size() - x.rank(), 1);
    const Value extended = reader.temporary(x.type, shape);
    reader.emit_movement(Reshape{}, {x}, extended);
    x = extended;
  }
  std::vector<std::int64_t> extents = wide(x.shape);
  Tile tile{std::vector<std::int32_t>(x.rank(), 1)};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::size_t axis = x.rank() - wanted.size() + i;
    if (wanted[i] == 1 || wanted[i] == extents[axis]) continue;
    if (extents[axis] != 1 || wanted[i] < 1 || wanted[i] > 1 << 30) {
      refuse("it expands the shape {} to the extent {}", shape_text(x.shape), wanted[i]);
    }
    tile.repeats[axis] = static_cast<std::int32_t>(wanted[i]);
    extents[axis] = wanted[i];
  }
  const Value y = reader.result(x.type, checked_shape(extents, x.type), x.order);
  reader.emit_movement(std::move(tile), {x}, y);
  reader.define(y);
}

// The gathered axis becomes the axes of the indices: gathered in one row, then reshaped.
void gather(NodeReader& reader) {
  const Value x = reader.canonical(0);
  const Value& indices = reader.input(1);
  const std::size_t axis = NodeReader::axis(reader.integer("axis", 0), x.rank());
  Gather gather{static_cast<std::int32_t>(axis), {}};
  for (const std::int64_t index : reader.constant_integers(1)) {
    const std::int64_t extent = x.shape[axis];
    if (index < -extent || index >= extent) refuse("its index {} is outside the axis of {}", index, extent);
    gather.indices.push_back(static_cast<std::int32_t>(index < 0 ? index + extent : index));
  }
  Shape row = x.shape, shape = x.shape;
  row[axis] = static_cast<std::int32_t>(gather.indices.size());
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), indices.shape.begin(), indices.shape.end());
  const Value gathered = reader.temporary(x.type, row);
  reader.emit_movement(std::move(gather), {x}, gathered);
  emit_reshape(reader, gathered, wide(shape));
}

}  // namespace onnx_operators
}  // namespace qrun::converter
