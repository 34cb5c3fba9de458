#include "tests/support/random_tower.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qrun::test {
namespace {

using qfb::DType;
using Shape = std::vector<std::int32_t>;

class TowerGenerator {
 public:
  explicit TowerGenerator(std::mt19937& random) : random_(random), graph_("tower") {}

  ModelBuilder run(int operators) {
    x_ = graph_.input("x", {1 + below(3), 1 + below(14), 1 + below(9), 1 + below(20)});
    seen_.push_back(x_);
    for (int n = 0; n < operators; ++n) add_any();
    graph_.output(x_);
    if (below(4) == 0) graph_.output(seen_[static_cast<std::size_t>(below(static_cast<int>(seen_.size())))]);
    return std::move(graph_);
  }

 private:
  // A square window that fits the image, and the output's extents.
  struct Placed {
    std::int32_t kernel_height, kernel_width, height, width;
    qfb::Window window;
  };

  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  std::string new_name() { return "t" + std::to_string(graph_.model.tensors.size()); }
  const Shape& shape() const { return graph_.model.tensors[static_cast<std::size_t>(x_)]->shape; }
  void remember(int tensor) { seen_.push_back(x_ = tensor); }

  Placed place(bool dilates) {
    const std::int32_t stride = 1 + below(2), dilation = dilates && stride == 1 ? 1 + below(2) : 1;
    const auto extent = [&](std::int32_t image, std::int32_t kernel, std::int32_t pad) {
      return (image + 2 * pad - (kernel - 1) * dilation - 1) / stride + 1;
    };
    std::int32_t kernel_height = 1 + below(4), kernel_width = 1 + below(4);
    // A pool's window must have a tap inside, so padding stays below its extents.
    const std::int32_t pad = std::min(below(2), std::min(kernel_height, kernel_width) - 1);
    while ((kernel_height - 1) * dilation >= shape()[1] + 2 * pad) --kernel_height;
    while ((kernel_width - 1) * dilation >= shape()[2] + 2 * pad) --kernel_width;
    return {kernel_height, kernel_width, extent(shape()[1], kernel_height, pad), extent(shape()[2], kernel_width, pad),
            qfb::Window(stride, stride, dilation, dilation, pad, pad, pad, pad)};
  }

  void add_any() {
    switch (below(7)) {
      case 0:
        return add_conv();
      case 1:
        return add_pointwise();
      case 2:
        return add_depthwise();
      case 3:
        return add_pool();
      case 4:
        return add_function();
      case 5:
        return add_concatenation();
      default:
        return add_sum();
    }
  }

  void add_pointwise() { add_conv({1, 1, shape()[1], shape()[2], qfb::Window(1, 1, 1, 1, 0, 0, 0, 0)}); }
  void add_conv() { add_conv(place(/*dilates=*/true)); }

  void add_conv(const Placed& placed) {
    const std::int32_t outputs = 1 + below(24);
    const int weights =
        graph_.random_constant(new_name(), {outputs, placed.kernel_height, placed.kernel_width, shape()[3]});
    qfb::Conv2DT params;
    params.window = std::make_unique<qfb::Window>(placed.window);
    params.accumulation = graph_.accumulation(weights, -1);
    const Shape result = {shape()[0], placed.height, placed.width, outputs};
    remember(graph_.add(std::move(params), {x_, weights, -1}, new_name(), result));
  }

  void add_depthwise() {
    const Placed placed = place(/*dilates=*/true);
    const int weights = graph_.random_constant(new_name(), {1, placed.kernel_height, placed.kernel_width, shape()[3]});
    qfb::DepthwiseConv2DT params;
    params.window = std::make_unique<qfb::Window>(placed.window);
    params.accumulation = graph_.accumulation(weights, -1, /*depthwise=*/true);
    const Shape result = {shape()[0], placed.height, placed.width, shape()[3]};
    remember(graph_.add(std::move(params), {x_, weights, -1}, new_name(), result));
  }

  void add_pool() {
    const Placed placed = place(/*dilates=*/false);
    qfb::Pool2DT params;
    params.kind = below(2) ? qfb::PoolKind::max : qfb::PoolKind::average;
    params.kernel_height = placed.kernel_height;
    params.kernel_width = placed.kernel_width;
    params.window = std::make_unique<qfb::Window>(placed.window);
    params.clamp = full_clamp(DType::int8);
    const Shape result = {shape()[0], placed.height, placed.width, shape()[3]};
    remember(graph_.add(std::move(params), {x_}, new_name(), result));
  }

  void add_function() {
    qfb::RequantizeT params;
    params.input_zero_point = below(256) - 128;
    params.output_zero_point = below(256) - 128;
    params.rescale = new_rescale(below(3));
    params.clamp = full_clamp(DType::int8);
    const Shape result = shape();
    remember(graph_.add(std::move(params), {x_}, new_name(), result));
  }

  // Along the channels or the width, with an earlier tensor or itself.
  void add_concatenation() {
    const std::size_t axis = 2 + static_cast<std::size_t>(below(2));
    int other = x_;
    for (const int candidate : seen_) {
      Shape wanted = graph_.model.tensors[static_cast<std::size_t>(candidate)]->shape;
      wanted[axis] = shape()[axis];
      if (wanted == shape() && below(2)) other = candidate;
    }
    Shape result = shape();
    result[axis] += graph_.model.tensors[static_cast<std::size_t>(other)]->shape[axis];
    qfb::ConcatenationT params;
    params.axis = static_cast<std::int32_t>(axis);
    remember(graph_.add(std::move(params), {x_, other}, new_name(), result));
  }

  // With an earlier tensor of the same shape, if there is one, a constant or itself.
  void add_sum() {
    const Shape result = shape();
    int other = below(2) ? x_ : graph_.random_constant(new_name(), result);
    for (const int candidate : seen_) {
      if (candidate != x_ && graph_.model.tensors[static_cast<std::size_t>(candidate)]->shape == result && below(4)) {
        other = candidate;
      }
    }
    qfb::AddT params;
    params.kind = below(2) ? qfb::AddKind::add : qfb::AddKind::sub;
    params.input1_zero_point = below(256) - 128;
    params.input2_zero_point = below(256) - 128;
    params.output_zero_point = below(256) - 128;
    params.input1_rescale = new_rescale(0);
    params.input2_rescale = new_rescale(-1);
    params.output_rescale = new_rescale(-19);
    params.clamp = full_clamp(DType::int8);
    const bool swapped = below(2);
    remember(graph_.add(std::move(params), {swapped ? other : x_, swapped ? x_ : other}, new_name(), result));
  }

  std::mt19937& random_;
  ModelBuilder graph_;
  int x_ = 0;  // the tower's top
  std::vector<int> seen_;
};

}  // namespace

ModelBuilder random_tower(std::mt19937& random, int operators) { return TowerGenerator(random).run(operators); }

}  // namespace qrun::test
