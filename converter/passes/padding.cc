// A convolution's padded taps count as the input's zero point, which is what a PAD before it usually writes.
//
// Pools are left alone: an average does not count padded taps, a maximum does not see them. Padding of batch or
// channels, or with another value, is left alone too.

#include <algorithm>
#include <limits>
#include <utility>

#include "converter/passes/passes.h"

namespace qrun::converter {
namespace {

// The window of an operator whose padded taps count as zero.
Window* window_of(Operator& op) {
  if (auto* conv = std::get_if<Conv2D>(&op.parameters)) return &conv->window;
  if (auto* depthwise = std::get_if<DepthwiseConv2D>(&op.parameters)) return &depthwise->window;
  return nullptr;
}

bool pads_image_with_zero(const Graph& graph, const Operator& op) {
  const auto* pad = std::get_if<Pad>(&op.parameters);
  if (pad == nullptr || pad->before.size() != 4) return false;
  if (pad->before[0] != 0 || pad->after[0] != 0 || pad->before[3] != 0 || pad->after[3] != 0) return false;
  const Quantization& quantization = graph.tensors[op.output()].quantization;
  // With equal quantization the convolution may take the unpadded tensor's for its input's.
  if (quantization != graph.tensors[op.inputs[0]].quantization || quantization.zero_points.size() != 1) return false;
  return !pad->value || *pad->value == quantization.zero_points[0];
}

bool add_pads(Window& window, const Pad& pad) {
  constexpr std::int32_t kMaxPad = std::numeric_limits<std::uint16_t>::max();  // of the format
  Window sum = window;
  for (const auto& [side, amount] : {std::pair{&sum.pad_top, pad.before[1]},
                                     {&sum.pad_left, pad.before[2]},
                                     {&sum.pad_bottom, pad.after[1]},
                                     {&sum.pad_right, pad.after[2]}}) {
    if (amount > kMaxPad - *side) return false;
    *side += amount;
  }
  window = sum;
  return true;
}

}  // namespace

void fold_padding(Graph& graph) {
  const std::vector<std::size_t> producer = producers(graph);
  for (Operator& op : graph.operators) {
    Window* window = window_of(op);
    // The rule's own pads are those of the padded image, before and after folding.
    while (window != nullptr && producer[op.inputs[0]] != kAbsent) {
      const Operator& source = graph.operators[producer[op.inputs[0]]];
      if (!pads_image_with_zero(graph, source) || !add_pads(*window, std::get<Pad>(source.parameters))) break;
      op.inputs[0] = source.inputs[0];
    }
  }
}

}  // namespace qrun::converter
