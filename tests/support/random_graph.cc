#include "tests/support/random_graph.h"

#include <algorithm>
#include <string>

namespace qrun::test {
namespace {

using qfb::DType;
using Shape = std::vector<std::int32_t>;

class Generator {
 public:
  Generator(std::mt19937& random, std::int32_t most_elements)
      : random_(random), most_elements_(most_elements), graph_("random") {}

  ModelBuilder run(int operators) {
    for (int n = 1 + below(2); n > 0; --n) remember(graph_.input(new_name(), new_shape(), any_dtype()));
    if (below(2)) remember(graph_.random_constant(new_name(), new_shape(), any_dtype()));
    for (int n = 0; n < operators; ++n) add_any();
    graph_.output(tensors_.back());
    for (int n = below(4); n > 0; --n) graph_.output(any_tensor());
    return std::move(graph_);
  }

 private:
  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  std::string new_name() { return "t" + std::to_string(graph_.model.tensors.size()); }
  DType any_dtype() { return below(2) ? DType::int8 : DType::uint8; }
  int any_tensor() { return tensors_[static_cast<std::size_t>(below(static_cast<int>(tensors_.size())))]; }
  void remember(int tensor) { tensors_.push_back(tensor); }
  const Shape& shape(int tensor) const { return graph_.model.tensors[static_cast<std::size_t>(tensor)]->shape; }
  DType dtype(int tensor) const { return graph_.model.tensors[static_cast<std::size_t>(tensor)]->dtype; }
  std::int32_t any_zero_point(DType type) { return below(256) - (type == DType::int8 ? 128 : 0); }

  Shape new_shape() {
    Shape shape = {1 + below(3), 1 + below(7), 1 + below(5)};
    const std::int32_t inner = shape[0] * shape[1] * shape[2];
    shape.push_back(std::max(1, most_elements_ / inner - below(4)));
    return shape;
  }

  void add_any() {
    const int x = any_tensor();
    switch (below(8)) {
      case 0:
      case 1:
        return add_binary(x);
      case 2:
        return add_requantize(x);
      case 3:
        return add_reshape(x);
      case 4:
        return add_concatenation(x);
      case 5:
        return add_slice(x);
      case 6:
        return add_pad(x);
      default:
        return add_transpose(x);
    }
  }

  // With itself, a constant broadcast to it, or another tensor of its shape and dtype.
  void add_binary(int x) {
    int other = x;
    for (const int candidate : tensors_) {
      if (candidate != x && shape(candidate) == shape(x) && dtype(candidate) == dtype(x) && below(2)) other = candidate;
    }
    if (below(3) == 0) {
      Shape broadcast = shape(x);
      for (std::int32_t& extent : broadcast) extent = below(2) ? extent : 1;
      other = graph_.random_constant(new_name(), broadcast, dtype(x));
    }
    qfb::AddT params;
    params.kind = below(2) ? qfb::AddKind::add : qfb::AddKind::sub;
    params.input1_zero_point = any_zero_point(dtype(x));
    params.input2_zero_point = any_zero_point(dtype(x));
    params.output_zero_point = any_zero_point(dtype(x));
    params.input1_rescale = new_rescale(0);
    params.input2_rescale = new_rescale(-1);
    params.output_rescale = new_rescale(-19);
    params.clamp = full_clamp(dtype(x));
    const bool swapped = below(2);
    const Shape result = shape(x);
    remember(graph_.add(std::move(params), {swapped ? other : x, swapped ? x : other}, new_name(), result, dtype(x)));
  }

  void add_requantize(int x) {
    const DType type = any_dtype();
    qfb::RequantizeT params;
    params.input_zero_point = any_zero_point(dtype(x));
    params.output_zero_point = any_zero_point(type);
    params.rescale = new_rescale(below(3));
    params.clamp = full_clamp(type);
    remember(graph_.add(std::move(params), {x}, new_name(), shape(x), type));
  }

  void add_reshape(int x) {
    Shape result = shape(x);
    if (result.size() > 1) {
      result[1] *= result[0];
      result.erase(result.begin());
    } else {
      result.insert(result.begin(), 1);
    }
    remember(graph_.add(qfb::ReshapeT(), {x}, new_name(), result, dtype(x)));
  }

  void add_concatenation(int x) {
    const auto axis = static_cast<std::size_t>(below(static_cast<int>(shape(x).size())));
    Shape extra = shape(x), result = shape(x);
    extra[axis] = 1 + below(3);
    result[axis] += extra[axis];
    const int constant = graph_.random_constant(new_name(), extra, dtype(x));
    qfb::ConcatenationT params;
    params.axis = static_cast<std::int32_t>(axis);
    remember(graph_.add(std::move(params), {constant, x}, new_name(), result, dtype(x)));
  }

  void add_slice(int x) {
    qfb::SliceT params;
    Shape result = shape(x);
    for (std::int32_t& extent : result) {
      const bool backwards = below(4) == 0;
      params.begin.push_back(backwards ? extent - 1 : 0);
      params.step.push_back(backwards ? -1 : 1);
      extent -= below(std::min(extent, 3));
    }
    remember(graph_.add(std::move(params), {x}, new_name(), result, dtype(x)));
  }

  void add_pad(int x) {
    qfb::PadT params;
    Shape result = shape(x);
    for (std::int32_t& extent : result) {
      params.before.push_back(below(2));
      params.after.push_back(below(2));
      extent += params.before.back() + params.after.back();
    }
    params.value = any_zero_point(dtype(x));
    remember(graph_.add(std::move(params), {x}, new_name(), result, dtype(x)));
  }

  void add_transpose(int x) {
    qfb::TransposeT params;
    Shape result;
    for (std::size_t d = 0; d < shape(x).size(); ++d) params.permutation.push_back(static_cast<std::int32_t>(d));
    std::shuffle(params.permutation.begin(), params.permutation.end(), random_);
    for (const std::int32_t axis : params.permutation) result.push_back(shape(x)[static_cast<std::size_t>(axis)]);
    remember(graph_.add(std::move(params), {x}, new_name(), result, dtype(x)));
  }

  std::mt19937& random_;
  std::int32_t most_elements_;
  ModelBuilder graph_;
  std::vector<int> tensors_;
};

}  // namespace

ModelBuilder random_graph(std::mt19937& random, int operators, std::int32_t most_elements) {
  return Generator(random, most_elements).run(operators);
}

}  // namespace qrun::test
