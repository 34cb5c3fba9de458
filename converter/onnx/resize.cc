// Resize and Upsample of images: nearest by tables made here, linear by the format's fixed-point positions.

#include <algorithm>
#include <cmath>

#include "converter/onnx/operators.h"

namespace qrun::converter::onnx_operators {
namespace {

constexpr std::int64_t kMaxExtent = 1 << 16;  // of the file format's resizes

struct ResizedAxis {
  std::int64_t input, output;
  double scale;  // output per input, as the node states it
};

std::vector<float> stated_scales(NodeReader& reader) {
  const std::size_t index = reader.type() == "Upsample" || reader.opset() < 11 ? 1 : 2;
  if (!reader.has_input(index)) return {};
  return reader.constant_reals(index);
}

std::vector<ResizedAxis> resized_axes(NodeReader& reader, const Value& x) {
  if (reader.has("axes")) throw Refusal("its attribute 'axes' is not supported; give a scale or size for every axis");
  const std::vector<float> scales = stated_scales(reader);
  std::vector<std::int64_t> sizes;
  if (scales.empty() && reader.has_input(3)) sizes = reader.constant_integers(3);
  std::vector<ResizedAxis> axes;
  if (scales.size() != x.rank() && sizes.size() != x.rank())
    refuse("it does not have one scale or size for each of {} axes", x.rank());
  for (std::size_t i = 0; i < x.rank(); ++i) {
    ResizedAxis axis{x.shape[i], 0, 0};
    if (scales.empty()) {
      axis.output = sizes[i];
      axis.scale = static_cast<double>(sizes[i]) / static_cast<double>(std::max<std::int64_t>(axis.input, 1));
    } else {
      axis.scale = static_cast<double>(scales[i]);
      const double output = std::floor(static_cast<double>(axis.input) * axis.scale);
      axis.output = output >= 1 && output <= kMaxExtent ? static_cast<std::int64_t>(output) : 0;
    }
    if (std::min(axis.input, axis.output) < 1 || std::max(axis.input, axis.output) > kMaxExtent) {
      refuse("it resizes {} to {} elements; extents must be in [1, {}]", axis.input, axis.output, kMaxExtent);
    }
    axes.push_back(axis);
  }
  return axes;
}

// The place in the input of output element i.
double position(const std::string& mode, const ResizedAxis& axis, std::int64_t i) {
  const auto x = static_cast<double>(i);
  const auto input = static_cast<double>(axis.input), output = static_cast<double>(axis.output);
  if (mode == "asymmetric") return x / axis.scale;
  if (mode == "align_corners") return axis.output == 1 ? 0 : x * (input - 1) / (output - 1);
  if (mode == "pytorch_half_pixel" && axis.output == 1) return 0;
  if (mode == "half_pixel" || mode == "pytorch_half_pixel") return (x + 0.5) / axis.scale - 0.5;
  if (mode == "half_pixel_symmetric") {
    const double adjustment = output / (axis.scale * input), offset = input / 2 * (1 - adjustment);
    return offset + (x + 0.5) / axis.scale - 0.5;
  }
  refuse("its coordinate transformation '{}' is not supported; use half_pixel, asymmetric or align_corners", mode);
}

double rounded(const std::string& mode, double position) {
  if (mode == "floor") return std::floor(position);
  if (mode == "ceil") return std::ceil(position);
  if (mode == "round_prefer_ceil") return std::floor(position + 0.5);
  if (mode == "round_prefer_floor") return std::ceil(position - 0.5);
  refuse("its nearest mode '{}' is unknown", mode);
}

std::vector<std::int32_t> nearest(NodeReader& reader, const std::string& coordinates, const std::string& mode,
                                  const ResizedAxis& axis) {
  reader.builder().graph().take_room(static_cast<std::size_t>(axis.output) * sizeof(std::int32_t));
  std::vector<std::int32_t> sources;
  for (std::int64_t i = 0; i < axis.output; ++i) {
    const double source = rounded(mode, position(coordinates, axis, i));
    sources.push_back(static_cast<std::int32_t>(std::clamp(source, 0.0, static_cast<double>(axis.input - 1))));
  }
  return sources;
}

// Positions are multiples of 1/1024 there, and the scale is the extents' ratio.
ResizeBilinear linear(const std::string& coordinates, const ResizedAxis& rows, const ResizedAxis& columns) {
  for (const ResizedAxis& axis : {rows, columns}) {
    if (coordinates != "align_corners" &&
        std::fabs(axis.scale * static_cast<double>(axis.input) - static_cast<double>(axis.output)) > 1e-3) {
      refuse("its scale {} of {} elements is not a whole number of them; give sizes", axis.scale, axis.input);
    }
    if (coordinates == "pytorch_half_pixel" && axis.output == 1 && axis.input != 1) {
      throw Refusal("its output has one element along an axis; use half_pixel");
    }
  }
  if (coordinates == "align_corners") return {true, false};
  if (coordinates == "half_pixel" || coordinates == "pytorch_half_pixel") return {false, true};
  if (coordinates == "asymmetric") return {false, false};
  refuse("its coordinate transformation '{}' is not supported; use half_pixel, asymmetric or align_corners",
         coordinates);
}

}  // namespace

void resize(NodeReader& reader) {
  const Value& x = reader.input();
  if (x.rank() != 4) refuse("its input has the shape {}; it must be an image", shape_text(x.shape));
  const std::vector<ResizedAxis> axes = resized_axes(reader, x);
  if (axes[0].input != axes[0].output || axes[1].input != axes[1].output) {
    throw Refusal("it resizes batch or channels; only rows and columns can be");
  }
  // Before operator set 11 positions were asymmetric, and rounded down.
  const bool is_old = reader.type() == "Upsample" || reader.opset() < 11;
  const std::string mode = reader.text("mode", "nearest");
  const std::string coordinates = is_old ? "asymmetric" : reader.text("coordinate_transformation_mode", "half_pixel");
  const Value source = reader.builder().reordered(x, nhwc_order());
  const Value y = reader.result(
      x.type,
      {x.shape[0], x.shape[1], static_cast<std::int32_t>(axes[2].output), static_cast<std::int32_t>(axes[3].output)},
      nhwc_order());
  if (mode == "nearest") {
    const std::string rounding = is_old ? "floor" : reader.text("nearest_mode", "round_prefer_floor");
    reader.emit_movement(
        ResizeNearest{nearest(reader, coordinates, rounding, axes[2]), nearest(reader, coordinates, rounding, axes[3])},
        {source}, y);
  } else if (mode == "linear") {
    reader.emit(linear(coordinates, axes[2], axes[3]), {source}, y);
  } else {
    refuse("its mode '{}' is not supported; use nearest or linear", mode);
  }
  reader.define(y);
}

}  // namespace qrun::converter::onnx_operators
