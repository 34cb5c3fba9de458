// Pools over windows and over whole images.

#include "converter/onnx/pool.h"

#include "converter/onnx/operators.h"
#include "converter/onnx/window.h"

namespace qrun::converter {
namespace {

std::vector<std::int64_t> kernel_of(const NodeReader& reader) {
  std::vector<std::int64_t> kernel = reader.integers("kernel_shape");
  if (kernel.empty()) throw Refusal("its attribute 'kernel_shape' is missing from the file");
  return kernel;
}

// Zeros around the image, as values of their own.
Value padded(NodeReader& reader, const Value& image, WindowAxes& axes) {
  Pad pad{{0, 0, 0, 0}, {0, 0, 0, 0}, {}};
  std::vector<std::int64_t> extents(image.shape.begin(), image.shape.end());
  for (std::size_t i = 0; i < 2; ++i) {
    pad.before[i + 1] = static_cast<std::int32_t>(axes[i].pad_before);
    pad.after[i + 1] = static_cast<std::int32_t>(axes[i].pad_after);
    extents[i + 2] += axes[i].pad_before + axes[i].pad_after;
    axes[i].input += axes[i].pad_before + axes[i].pad_after;
    axes[i].pad_before = axes[i].pad_after = 0;
  }
  const Shape shape = checked_shape(extents, image.type);
  if (shape == image.shape) return image;
  Value result = reader.temporary(image.type, shape, image.order);
  reader.emit_movement(std::move(pad), {image}, result);
  return result;
}

Value pool(NodeReader& reader, PoolKind kind, const Value& x, const Value& image, const WindowAxes& axes) {
  const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
  const Value y = reader.temporary(
      x.type, {image.shape[0], image.shape[1], narrow(axes[0].output()), narrow(axes[1].output())}, nhwc_order());
  reader.emit_movement(Pool2D{kind, narrow(axes[0].kernel), narrow(axes[1].kernel), window_of(axes), Activation::kNone},
                       {image}, y);
  return like_source(reader, y, x);
}

// The axes of an image, but the first two.
std::vector<std::int32_t> spatial_positions(const Value& x) {
  std::vector<std::int32_t> positions;
  for (std::size_t i = 0; i < x.order.size(); ++i) {
    if (x.order[i] >= 2) positions.push_back(static_cast<std::int32_t>(i));
  }
  if (positions.empty()) refuse("its input '{}' has the shape {} and no image", x.name, shape_text(x.shape));
  return positions;
}

Value max_over(NodeReader& reader, const Value& x, WindowAxes axes) {
  for (const WindowAxis& axis : axes) {
    if (axis.dilation != 1) throw Refusal("its dilations are not supported; use a dilation of 1");
  }
  return pool(reader, PoolKind::kMax, x, as_image(reader, x), axes);
}

}  // namespace

// Taps in the padding count as zeros where the node includes them, and not at all elsewhere; those that only ceil_mode
// adds never count, but with padding that counts before them that is no average that the graph can say.
Value average(NodeReader& reader, const Value& x) {
  WindowAxes axes = read_window(reader, x, kernel_of(reader));
  for (const WindowAxis& axis : axes) {
    if (axis.dilation != 1) throw Refusal("its dilations are not supported; use a dilation of 1");
  }
  Value image = as_image(reader, x);
  if (reader.integer("count_include_pad", 0) != 0) {
    if (reader.integer("ceil_mode", 0) != 0) {
      throw Refusal("it counts padding and rounds its size up; use one of count_include_pad and ceil_mode");
    }
    image = padded(reader, image, axes);
  }
  return pool(reader, PoolKind::kAverage, x, image, axes);
}

Value global_average(NodeReader& reader, const Value& x) {
  Shape shape = x.shape;
  for (std::size_t i = 2; i < shape.size(); ++i) shape[i] = 1;
  Value y = reader.temporary(x.type, shape, x.order);
  reader.emit(Reduce{ReduceKind::kMean, spatial_positions(x)}, {x}, y);
  return y;
}

namespace onnx_operators {

void average_pool(NodeReader& reader) { reader.finish(average(reader, reader.input())); }

void max_pool(NodeReader& reader) {
  if (reader.has_output(1)) throw Refusal("its second output, the indices, is not supported; leave it out");
  reader.finish(max_over(reader, reader.input(), read_window(reader, reader.input(), kernel_of(reader))));
}

void global_average_pool(NodeReader& reader) { reader.finish(global_average(reader, reader.input())); }

void global_max_pool(NodeReader& reader) {
  const Value& x = reader.input();
  if (x.rank() != 3 && x.rank() != 4) refuse("its input has the shape {}; it must be an image", shape_text(x.shape));
  const std::int64_t rows = x.rank() == 4 ? x.shape[2] : 1, columns = x.shape.back();
  reader.finish(max_over(reader, x, {WindowAxis{rows, rows}, WindowAxis{columns, columns}}));
}

}  // namespace onnx_operators
}  // namespace qrun::converter
