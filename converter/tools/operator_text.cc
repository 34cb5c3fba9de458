#include "converter/tools/operator_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace qrun::tools {
namespace {

std::string text(const flatbuffers::Vector<std::int32_t>* values) {
  if (values == nullptr) return "";
  return fmt::format("{}", fmt::join(values->begin(), values->end(), ","));
}

std::string text(const qfb::Clamp* clamp) {
  return clamp != nullptr ? fmt::format(" clamp {}..{}", clamp->min(), clamp->max()) : "";
}

std::string text(const qfb::Window* window, std::int32_t kernel_height, std::int32_t kernel_width) {
  if (window == nullptr) return "";
  std::string line =
      fmt::format("{}x{} stride {}x{}", kernel_height, kernel_width, window->stride_height(), window->stride_width());
  if (window->dilation_height() > 1 || window->dilation_width() > 1) {
    line += fmt::format(" dilation {}x{}", window->dilation_height(), window->dilation_width());
  }
  return line + fmt::format(" pad {},{},{},{}", window->pad_top(), window->pad_left(), window->pad_bottom(),
                            window->pad_right());
}

// Convolution and depthwise weights have their window's extents in dimensions 1 and 2.
std::string window_text(const qfb::Model& model, const qfb::Operator& op, const qfb::Window* window) {
  const auto& weights = *model.tensors()->Get(static_cast<std::uint32_t>(op.inputs()->Get(1)));
  return text(window, weights.shape()->Get(1), weights.shape()->Get(2));
}

std::string conv_text(const qfb::Model& model, const qfb::Operator& op) {
  const qfb::Conv2D& conv = *op.parameters_as_Conv2D();
  const std::string groups = conv.groups() > 1 ? fmt::format(" groups {}", conv.groups()) : "";
  return window_text(model, op, conv.window()) + groups + text(conv.accumulation()->clamp());
}

std::string depthwise_text(const qfb::Model& model, const qfb::Operator& op) {
  const qfb::DepthwiseConv2D& conv = *op.parameters_as_DepthwiseConv2D();
  return window_text(model, op, conv.window()) + text(conv.accumulation()->clamp());
}

std::string pool_text(const qfb::Pool2D& pool) {
  return fmt::format("{} {}{}", qfb::EnumNamePoolKind(pool.kind()),
                     text(pool.window(), pool.kernel_height(), pool.kernel_width()), text(pool.clamp()));
}

std::string softmax_text(const qfb::Softmax& softmax) {
  const qfb::Rescale* rescale = softmax.output_rescale();
  if (rescale == nullptr) return "";
  return fmt::format("output multiplier {} shift {} zero_point {}", rescale->multiplier(), rescale->shift(),
                     softmax.output_zero_point());
}

std::string bilinear_text(const qfb::ResizeBilinear& resize) {
  std::string line = resize.align_corners() ? "align_corners " : "";
  return line + (resize.half_pixel_centers() ? "half_pixel_centers" : "");
}

std::string untrimmed_text(const qfb::Model& model, const qfb::Operator& op) {
  switch (op.parameters_type()) {
    case qfb::Parameters::Conv2D:
      return conv_text(model, op);
    case qfb::Parameters::DepthwiseConv2D:
      return depthwise_text(model, op);
    case qfb::Parameters::FullyConnected:
      return text(op.parameters_as_FullyConnected()->accumulation()->clamp());
    case qfb::Parameters::Add:
      return qfb::EnumNameAddKind(op.parameters_as_Add()->kind()) + text(op.parameters_as_Add()->clamp());
    case qfb::Parameters::Mul:
      return text(op.parameters_as_Mul()->clamp());
    case qfb::Parameters::Requantize:
      return text(op.parameters_as_Requantize()->clamp());
    case qfb::Parameters::Lookup:
      return op.parameters_as_Lookup()->function() != nullptr ? op.parameters_as_Lookup()->function()->str() : "";
    case qfb::Parameters::Pool2D:
      return pool_text(*op.parameters_as_Pool2D());
    case qfb::Parameters::Reduce:
      return fmt::format("{} axes {}", qfb::EnumNameReduceKind(op.parameters_as_Reduce()->kind()),
                         text(op.parameters_as_Reduce()->axes()));
    case qfb::Parameters::Softmax:
      return softmax_text(*op.parameters_as_Softmax());
    case qfb::Parameters::ArgMax:
      return fmt::format("axis {}", op.parameters_as_ArgMax()->axis());
    case qfb::Parameters::Transpose:
      return fmt::format("permutation {}", text(op.parameters_as_Transpose()->permutation()));
    case qfb::Parameters::Slice:
      return fmt::format("begin {} step {}", text(op.parameters_as_Slice()->begin()),
                         text(op.parameters_as_Slice()->step()));
    case qfb::Parameters::Concatenation:
      return fmt::format("axis {}", op.parameters_as_Concatenation()->axis());
    case qfb::Parameters::Pad:
      return fmt::format("before {} after {} value {}", text(op.parameters_as_Pad()->before()),
                         text(op.parameters_as_Pad()->after()), op.parameters_as_Pad()->value());
    case qfb::Parameters::Tile:
      return fmt::format("repeats {}", text(op.parameters_as_Tile()->repeats()));
    case qfb::Parameters::Gather:
      return fmt::format("axis {}", op.parameters_as_Gather()->axis());
    case qfb::Parameters::ResizeBilinear:
      return bilinear_text(*op.parameters_as_ResizeBilinear());
    default:
      return "";
  }
}

}  // namespace

std::string operator_text(const qfb::Model& model, const qfb::Operator& op) {
  const std::string line = untrimmed_text(model, op);
  const std::size_t first = line.find_first_not_of(' ');
  return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(' ') - first + 1);
}

}  // namespace qrun::tools
