// ConvTranspose as a convolution and a rearrangement, with as many products as it has.
//
// Output row u of the uncropped result sums x[i] W[k] over i * stride + k = u. With k = stride * t + p and
// u = stride * j + p that is, for each phase p, y_p[j] = sum over t of x[j - t] W[stride * t + p]: a convolution with
// T = ceil(k / stride) taps, turned around. All phases together are one convolution with stride * stride times as many
// outputs, whose blocks are then dealt out to rows and columns. With a stride of 1 there is one phase, and taps may be
// dilated.

#include <algorithm>

#include "converter/onnx/linear.h"
#include "converter/onnx/operators.h"
#include "converter/onnx/window.h"

namespace qrun::converter::onnx_operators {
namespace {

struct Axis {
  std::int32_t input, kernel, stride, dilation, taps, crop, output;
  std::int32_t reach() const { return (taps - 1) * dilation; }  // from the first tap to the last
};

// Weights [C, M, KH, KW], M outputs of each group.
struct Transposed {
  std::int32_t groups, group_inputs, outputs;
  Axis rows, columns;
  std::int32_t phases() const { return rows.stride * columns.stride; }
};

std::int64_t entry(const std::vector<std::int64_t>& values, std::size_t index, std::int64_t otherwise) {
  return index < values.size() ? values[index] : otherwise;
}

// pads[index] where the node has none: what is left of the size that it states.
std::pair<std::int64_t, std::int64_t> pads(const NodeReader& reader, std::size_t index, std::size_t spatial,
                                           std::int64_t full, std::int64_t same) {
  const std::string rule = reader.text("auto_pad", "NOTSET");
  const auto stated = reader.integers("output_shape");
  if (!stated.empty() || rule.starts_with("SAME")) {
    const std::int64_t wanted = stated.empty() ? same : entry(stated, index + stated.size() - spatial, same);
    if (wanted < 1) refuse("its output_shape has the extent {}", wanted);
    const std::int64_t total = std::max<std::int64_t>(0, full - wanted);
    const std::int64_t before = rule == "SAME_UPPER" ? total / 2 : total - total / 2;
    return {before, total - before};
  }
  const auto values = reader.integers("pads");
  return {entry(values, index, 0), entry(values, index + spatial, 0)};
}

Axis read_axis(const NodeReader& reader, std::int32_t input, std::int32_t kernel, std::size_t index,
               std::size_t spatial) {
  constexpr std::int64_t kMax = 4096;
  const std::int64_t stride = entry(reader.integers("strides"), index, 1);
  const std::int64_t extra = entry(reader.integers("output_padding"), index, 0);
  const std::int64_t dilation = entry(reader.integers("dilations"), index, 1);
  if (dilation != 1 && stride != 1) throw Refusal("it has strides and dilations; only one of them may not be 1");
  if (dilation < 1 || dilation > kMax || stride < 1 || stride > 64 || extra < 0 || extra > 64 || kernel < 1 ||
      kernel > kMax || input > 1 << 20) {
    refuse("its stride {}, output padding {} or kernel {} is out of range", stride, extra, kernel);
  }
  const std::int64_t full = stride * (input - std::int64_t{1}) + extra + (kernel - 1) * dilation + 1;
  const auto [before, after] = pads(reader, index, spatial, full, stride * input);
  if (std::min(before, after) < 0 || std::max(before, after) > full)
    refuse("its pads are {} and {} of {}", before, after, full);
  const std::int64_t output = full - before - after;
  if (output < 1) refuse("its pads {} and {} leave {} of {}", before, after, output, full);
  const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
  const std::int64_t taps = (kernel + extra + stride - 1) / stride;
  return {input, kernel, narrow(stride), narrow(dilation), narrow(taps), narrow(before), narrow(output)};
}

Transposed read(const NodeReader& reader, const Value& x, const Value& weights) {
  const std::size_t spatial = x.rank() - 2;
  const std::int64_t groups = reader.integer("group", 1);
  if (groups < 1 || groups > x.shape[1] || x.shape[1] % groups != 0 || weights.shape[0] != x.shape[1]) {
    refuse("its weights '{}' have the shape {}, which {} groups of {} channels do not allow", weights.name,
           shape_text(weights.shape), groups, x.shape[1]);
  }
  const auto count = static_cast<std::int32_t>(groups);
  const Axis line{1, 1, 1, 1, 1, 0, 1};
  return {count, x.shape[1] / count, weights.shape[1],
          spatial == 1 ? line : read_axis(reader, x.shape[2], weights.shape[2], 0, spatial),
          read_axis(reader, x.shape.back(), weights.shape.back(), spatial - 1, spatial)};
}

// A step of data movement between values in the source's order.
Value moved(NodeReader& reader, Parameters parameters, const Value& x, const Shape& shape) {
  Value y = reader.temporary(x.type, shape);
  reader.emit_movement(std::move(parameters), {x}, y);
  return y;
}

// [C,M,KH,KW] to [G*phases*M, C/G, TH, TW], turned around; the missing taps of the last row and column are zero.
Value phase_weights(NodeReader& reader, const Value& weights, const Transposed& t) {
  const std::int32_t channels = t.groups * t.group_inputs, rows = t.rows.taps * t.rows.stride,
                     columns = t.columns.taps * t.columns.stride;
  Value w = reader.builder().canonical(weights);
  w = moved(reader, Reshape{}, w, {channels, t.outputs, t.rows.kernel, t.columns.kernel});
  w = moved(reader, Pad{{0, 0, 0, 0}, {0, 0, rows - t.rows.kernel, columns - t.columns.kernel}, {}}, w,
            {channels, t.outputs, rows, columns});
  const Shape split = {t.groups,      t.group_inputs, t.outputs,       t.rows.taps,
                       t.rows.stride, t.columns.taps, t.columns.stride};
  w = moved(reader, Reshape{}, w, split);
  w = moved(reader, Slice{{0, 0, 0, t.rows.taps - 1, 0, t.columns.taps - 1, 0}, {1, 1, 1, -1, 1, -1, 1}}, w, split);
  w = moved(reader, Transpose{{0, 4, 6, 2, 1, 3, 5}}, w,
            {t.groups, t.rows.stride, t.columns.stride, t.outputs, t.group_inputs, t.rows.taps, t.columns.taps});
  return moved(reader, Reshape{}, w, {t.groups * t.phases() * t.outputs, t.group_inputs, t.rows.taps, t.columns.taps});
}

// [G*M] to [G*phases*M].
Value phase_bias(NodeReader& reader, const Value& bias, const Transposed& t) {
  if (bias.shape != Shape{t.groups * t.outputs}) refuse("its bias has the shape {}", shape_text(bias.shape));
  Value b = moved(reader, Reshape{}, bias, {t.groups, 1, t.outputs});
  b = moved(reader, Tile{{1, t.phases(), 1}}, b, {t.groups, t.phases(), t.outputs});
  return moved(reader, Reshape{}, b, {t.groups * t.phases() * t.outputs});
}

Value convolve_phases(NodeReader& reader, const Value& image, const Transposed& t, const std::optional<Value>& bias) {
  const Value weights = phase_weights(reader, reader.input(1), t);
  const bool is_depthwise = t.groups > 1 && t.group_inputs == 1;
  std::vector<Value> inputs = {image,
                               reader.builder().reordered(weights, is_depthwise ? Order{1, 2, 3, 0} : nhwc_order())};
  if (bias) inputs.push_back(phase_bias(reader, *bias, t));
  Window window;
  window.dilation_height = t.rows.dilation;
  window.dilation_width = t.columns.dilation;
  window.pad_top = window.pad_bottom = t.rows.reach();
  window.pad_left = window.pad_right = t.columns.reach();
  const Shape shape = {image.shape[0], weights.shape[0], t.rows.input + t.rows.reach(),
                       t.columns.input + t.columns.reach()};
  Value y = reader.temporary(image.type, shape, nhwc_order());
  if (is_depthwise) {
    reader.emit(DepthwiseConv2D{window, Activation::kNone}, inputs, y);
  } else {
    reader.emit(Conv2D{window, Activation::kNone}, inputs, y);
  }
  return y;
}

// [N,J,J',G*phases*M] as held to [N,J*S,J'*S',G*M].
Value dealt_out(NodeReader& reader, const Value& y, const Transposed& t) {
  const std::int32_t n = y.shape[0], j = y.shape[2], k = y.shape[3];
  // On paper the value is in the order in which it is held from here on.
  Value held = y;
  held.shape = permuted(y.shape, y.order);
  held.order = identity_order(4);
  if (t.groups > 1) {
    held = moved(reader, Reshape{}, held, {n * j * k, t.groups, t.phases(), t.outputs});
    held = moved(reader, Transpose{{0, 2, 1, 3}}, held, {n * j * k, t.phases(), t.groups, t.outputs});
  }
  const std::int32_t channels = t.groups * t.outputs;
  held = moved(reader, Reshape{}, held, {n, j, k, t.rows.stride, t.columns.stride, channels});
  held = moved(reader, Transpose{{0, 1, 3, 2, 4, 5}}, held, {n, j, t.rows.stride, k, t.columns.stride, channels});
  held = moved(reader, Reshape{}, held, {n, j * t.rows.stride, k * t.columns.stride, channels});
  held = moved(reader, Slice{{0, t.rows.crop, t.columns.crop, 0}, {1, 1, 1, 1}}, held,
               {n, t.rows.output, t.columns.output, channels});
  Value image = held;
  image.shape = {n, channels, t.rows.output, t.columns.output};
  image.order = nhwc_order();
  return image;
}

}  // namespace

void conv_transpose(NodeReader& reader) {
  const Value& x = reader.input(0);
  const Value& weights = reader.input(1);
  if ((x.rank() != 3 && x.rank() != 4) || weights.rank() != x.rank()) {
    refuse("its input '{}' has shape {}; one and two spatial axes are supported", x.name, shape_text(x.shape));
  }
  const Transposed t = read(reader, x, weights);
  const std::optional<Value> bias = reader.has_input(2) ? std::optional(reader.canonical(2)) : std::nullopt;
  const Value y = dealt_out(reader, convolve_phases(reader, as_image(reader, x), t, bias), t);
  reader.finish(like_source(reader, y, x));
}

}  // namespace qrun::converter::onnx_operators
