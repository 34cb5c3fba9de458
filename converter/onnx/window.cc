#include "converter/onnx/window.h"

#include <algorithm>

#include "converter/onnx/linear.h"

namespace qrun::converter {
namespace {

constexpr std::int64_t kMax = 65535;  // of the file format

std::int64_t checked(std::int64_t value, std::int64_t minimum, const char* what) {
  if (value < minimum || value > kMax) refuse("its {} is {}; it must be in [{}, {}]", what, value, minimum, kMax);
  return value;
}

std::int64_t entry(const std::vector<std::int64_t>& values, std::size_t index, std::int64_t otherwise) {
  return index < values.size() ? values[index] : otherwise;
}

// SAME_UPPER leaves the odd one for the end, SAME_LOWER for the beginning.
void pad_to_same(WindowAxis& axis, bool upper) {
  const std::int64_t output = (axis.input + axis.stride - 1) / axis.stride;
  const std::int64_t total = std::max<std::int64_t>(0, (output - 1) * axis.stride + axis.reach() - axis.input);
  axis.pad_before = upper ? total / 2 : total - total / 2;
  axis.pad_after = total - axis.pad_before;
}

// As many more padded taps at the end as one more output needs, which must begin inside the image or its first padding.
void round_up(WindowAxis& axis) {
  const std::int64_t span = axis.input + axis.pad_before + axis.pad_after - axis.reach();
  const std::int64_t rest = span % axis.stride;
  if (rest == 0 || span < 0) return;
  const std::int64_t begin = (span / axis.stride + 1) * axis.stride;
  if (begin < axis.input + axis.pad_before) axis.pad_after += axis.stride - rest;
}

void pad(const NodeReader& reader, WindowAxis& axis, std::size_t index, std::size_t spatial) {
  const std::string rule = reader.text("auto_pad", "NOTSET");
  if (rule == "SAME_UPPER" || rule == "SAME_LOWER") return pad_to_same(axis, rule == "SAME_UPPER");
  if (rule == "VALID") return;
  if (rule != "NOTSET") refuse("its auto_pad '{}' is unknown", rule);
  const std::vector<std::int64_t> pads = reader.integers("pads");
  axis.pad_before = checked(entry(pads, index, 0), 0, "padding");
  axis.pad_after = checked(entry(pads, index + spatial, 0), 0, "padding");
}

}  // namespace

WindowAxes read_window(const NodeReader& reader, const Value& x, const std::vector<std::int64_t>& kernel) {
  const std::size_t spatial = kernel.size();
  if ((spatial != 1 && spatial != 2) || x.rank() != spatial + 2) {
    refuse("its input '{}' has shape {} and its kernel {} axes; one and two spatial axes are supported", x.name,
           shape_text(x.shape), spatial);
  }
  WindowAxes axes{WindowAxis{1, 1}, WindowAxis{1, 1}};
  const std::vector<std::int64_t> strides = reader.integers("strides"), dilations = reader.integers("dilations");
  for (std::size_t i = 0; i < spatial; ++i) {
    WindowAxis& axis = axes[i + 2 - spatial];
    axis.input = x.shape[i + 2];
    axis.kernel = checked(kernel[i], 1, "kernel's extent");
    axis.stride = checked(entry(strides, i, 1), 1, "stride");
    axis.dilation = checked(entry(dilations, i, 1), 1, "dilation");
    pad(reader, axis, i, spatial);
    if (reader.integer("ceil_mode", 0) != 0) round_up(axis);
    if (axis.input + axis.pad_before + axis.pad_after < axis.reach()) {
      refuse("its kernel reaches over {} of {} padded elements", axis.reach(),
             axis.input + axis.pad_before + axis.pad_after);
    }
  }
  return axes;
}

Window window_of(const WindowAxes& axes) {
  const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
  Window window;
  window.stride_height = narrow(axes[0].stride);
  window.stride_width = narrow(axes[1].stride);
  window.dilation_height = narrow(axes[0].dilation);
  window.dilation_width = narrow(axes[1].dilation);
  window.pad_top = narrow(axes[0].pad_before);
  window.pad_bottom = narrow(axes[0].pad_after);
  window.pad_left = narrow(axes[1].pad_before);
  window.pad_right = narrow(axes[1].pad_after);
  return window;
}

Value as_image(NodeReader& reader, const Value& x) {
  return reader.builder().reordered(x.rank() == 3 ? with_axis(reader, x, 2) : x, nhwc_order());
}

Value like_source(NodeReader& reader, const Value& image, const Value& x) {
  return x.rank() == 3 ? without_axis(reader, image, 2) : image;
}

}  // namespace qrun::converter
