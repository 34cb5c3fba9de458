// DepthToSpace and SpaceToDepth, on images as the graph holds them: a view of six axes, and one Transpose.

#include "converter/onnx/operators.h"

namespace qrun::converter::onnx_operators {
namespace {

std::int32_t block_size(const NodeReader& reader) {
  const std::int64_t size = reader.integer("blocksize", 0);
  if (size < 1 || size > 65535) refuse("its block size is {}", size);
  return static_cast<std::int32_t>(size);
}

const Value& image(NodeReader& reader) {
  const Value& x = reader.input();
  if (x.rank() != 4 || reader.tensor(x).elements() == 0) {
    refuse("its input has the shape {}; it must be an image", shape_text(x.shape));
  }
  return x;
}

// x in NHWC order, seen with `view`, transposed, and seen with the shape of y, an image of [N,C,H,W].
void rearrange(NodeReader& reader, const Value& x, const Shape& view, const std::vector<std::int32_t>& permutation,
               const Shape& y_shape) {
  const Value source = reader.builder().reordered(x, nhwc_order());
  const Value seen = reader.temporary(x.type, view);
  Shape moved_shape;
  for (const std::int32_t axis : permutation) moved_shape.push_back(view[static_cast<std::size_t>(axis)]);
  const Value moved = reader.temporary(x.type, moved_shape);
  const Value y = reader.result(x.type, y_shape, nhwc_order());
  reader.emit_movement(Reshape{}, {source}, seen);
  reader.emit_movement(Transpose{permutation}, {seen}, moved);
  reader.emit_movement(Reshape{}, {moved}, y);
  reader.define(y);
}

}  // namespace

void depth_to_space(NodeReader& reader) {
  const Value x = image(reader);
  const std::int32_t block = block_size(reader), n = x.shape[0], h = x.shape[2], w = x.shape[3];
  if (x.shape[1] % (std::int64_t{block} * block) != 0)
    refuse("{} channels do not divide into blocks of {} squared", x.shape[1], block);
  const std::int32_t c = x.shape[1] / block / block;
  const Shape y = {n, c, h * block, w * block};
  if (reader.text("mode", "DCR") == "CRD") {
    return rearrange(reader, x, {n, h, w, c, block, block}, {0, 1, 4, 2, 5, 3}, y);
  }
  rearrange(reader, x, {n, h, w, block, block, c}, {0, 1, 3, 2, 4, 5}, y);
}

void space_to_depth(NodeReader& reader) {
  const Value x = image(reader);
  const std::int32_t block = block_size(reader), n = x.shape[0], c = x.shape[1];
  if (x.shape[2] % block != 0 || x.shape[3] % block != 0) {
    refuse("an image of {} does not divide into blocks of {}", shape_text(x.shape), block);
  }
  const std::int32_t h = x.shape[2] / block, w = x.shape[3] / block;
  rearrange(reader, x, {n, h, block, w, block, c}, {0, 1, 3, 2, 4, 5}, {n, c * block * block, h, w});
}

}  // namespace qrun::converter::onnx_operators
