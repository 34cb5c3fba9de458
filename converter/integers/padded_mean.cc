// An average pool that does not count its padding divides by another number at the borders. Cut into blocks of outputs
// that divide by one number, each is a window mean without padding, and the blocks are joined again.

#include <fmt/format.h>

#include <algorithm>

#include "converter/integers/linear.h"

namespace qrun::converter::integral {
namespace {

// Outputs whose windows hold `kernel` taps of the input, from input element `begin` on.
struct Segment {
  std::int32_t begin, kernel, count;
};

std::vector<Segment> segments(std::int32_t input, std::int32_t kernel, std::int32_t stride, std::int32_t pad,
                              std::int32_t outputs) {
  std::vector<Segment> result;
  for (std::int32_t i = 0; i < outputs; ++i) {
    const std::int64_t start = std::int64_t{i} * stride - pad;
    const auto begin = static_cast<std::int32_t>(std::max<std::int64_t>(start, 0));
    const auto taps = static_cast<std::int32_t>(std::min<std::int64_t>(start + kernel, input)) - begin;
    const bool goes_on = taps == kernel && !result.empty() && result.back().kernel == kernel;
    if (goes_on) {
      ++result.back().count;
    } else {
      result.push_back({begin, taps, 1});
    }
  }
  return result;
}

class PaddedMean {
 public:
  PaddedMean(Context& context, const Operator& op, TensorId x, const Epilogue& epilogue, TensorId output)
      : context_(context),
        op_(op),
        pool_(std::get<Pool2D>(op.parameters)),
        x_(x),
        epilogue_(epilogue),
        output_(output) {}

  bool emit() {
    constexpr std::size_t kMaxBlocks = 64;
    const Shape in = context_.tensor(x_).shape, out = context_.tensor(output_).shape;
    const Window& window = pool_.window;
    const auto rows = segments(in[1], pool_.kernel_height, window.stride_height, window.pad_top, out[1]);
    const auto columns = segments(in[2], pool_.kernel_width, window.stride_width, window.pad_left, out[2]);
    if (rows.size() * columns.size() > kMaxBlocks) return false;
    std::vector<TensorId> bands;
    for (const Segment& row : rows) {
      std::vector<TensorId> blocks;
      blocks.reserve(columns.size());
      for (const Segment& column : columns) blocks.push_back(block(row, column));
      bands.push_back(add({in[0], row.count, out[2], in[3]}));
      context_.emit(Concatenation{2}, std::move(blocks), bands.back(), op_.kind);
    }
    context_.emit(Concatenation{1}, std::move(bands), output_, op_.kind);
    return true;
  }

 private:
  TensorId add(Shape shape) {
    const Tensor& target = context_.tensor(output_);
    return context_.add_tensor(fmt::format("{}/{}", target.name, count_++), std::move(shape), DType::kInt8,
                               target.quantization);
  }

  TensorId block(const Segment& row, const Segment& column) {
    const Tensor& x = context_.tensor(x_);
    const auto span = [](const Segment& segment, std::int32_t stride) {
      return (segment.count - 1) * stride + segment.kernel;
    };
    Pool2D pool{PoolKind::kAverage, row.kernel, column.kernel, {}, Activation::kNone};
    pool.window.stride_height = pool_.window.stride_height;
    pool.window.stride_width = pool_.window.stride_width;
    const Shape part_shape = {x.shape[0], span(row, pool.window.stride_height), span(column, pool.window.stride_width),
                              x.shape[3]};
    const TensorId part = context_.add_tensor(fmt::format("{}/{}", context_.tensor(output_).name, count_++), part_shape,
                                              DType::kInt8, x.quantization);
    context_.emit(Slice{{0, row.begin, column.begin, 0}, {1, 1, 1, 1}}, {x_}, part, op_.kind);
    const TensorId result = add({x.shape[0], row.count, column.count, x.shape[3]});
    emit_window_mean(context_, {pool, {}, {result}, op_.kind}, part, epilogue_, result);
    return result;
  }

  Context& context_;
  const Operator& op_;
  const Pool2D& pool_;
  TensorId x_;
  const Epilogue& epilogue_;
  TensorId output_;
  int count_ = 0;
};

}  // namespace

bool emit_padded_mean(Context& context, const Operator& op, TensorId x, const Epilogue& epilogue, TensorId output) {
  return PaddedMean(context, op, x, epilogue, output).emit();
}

}  // namespace qrun::converter::integral
