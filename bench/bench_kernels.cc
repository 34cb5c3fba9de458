// Kernel benchmarks: the convolutions of well-known networks, one thread, data in the caches as far as they fit; every
// kernel that a row of this CPU may choose. Counters: MAC/s; share, of the row's peak (peak.h) measured in the same
// run; out/s, outputs; cost, the estimate in cycles that the plan chooses by; chosen, whether it does.
//
//   bench_kernels --benchmark_filter=avx2

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "bench/display.h"
#include "bench/peak.h"
#include "kernels/bounds.h"
#include "kernels/conv/flatten.h"
#include "kernels/kernels.h"
#include "runtime/aligned_buffer.h"

namespace {

using qrun::kernels::ConvConstants;
using qrun::kernels::ConvKernel;
using qrun::kernels::ConvParams;
using qrun::kernels::Domain;
using qrun::kernels::Operands;
using qrun::kernels::Rescale;
using qrun::kernels::Row;
using qrun::runtime::AlignedBuffer;

struct Shape {
  const char* name;
  std::int32_t height, width, channels, output_channels;  // no output channels: depthwise
  std::int32_t kernel, stride, pad;
  bool relu;

  bool depthwise() const { return output_channels == 0; }
};

constexpr Shape kShapes[] = {
    {"pointwise_28x28x512_128", 28, 28, 512, 128, 1, 1, 0, true},
    {"pointwise_56x56x64_64", 56, 56, 64, 64, 1, 1, 0, true},
    {"pointwise_112x112x16_96", 112, 112, 16, 96, 1, 1, 0, true},
    {"pointwise_112x112x32_16", 112, 112, 32, 16, 1, 1, 0, false},
    {"pointwise_64x64x8_16", 64, 64, 8, 16, 1, 1, 0, true},
    {"pointwise_56x56x24_144", 56, 56, 24, 144, 1, 1, 0, true},
    {"pointwise_56x56x144_24", 56, 56, 144, 24, 1, 1, 0, false},
    {"pointwise_14x14x64_384", 14, 14, 64, 384, 1, 1, 0, true},
    {"pointwise_7x7x960_320", 7, 7, 960, 320, 1, 1, 0, false},
    {"conv3x3_56x56x64_64", 56, 56, 64, 64, 3, 1, 1, true},
    {"conv3x3_7x7x512_512", 7, 7, 512, 512, 3, 1, 1, true},
    {"conv3x3_32x32x16_16", 32, 32, 16, 16, 3, 1, 1, true},
    {"first_layer_96x96x3_8", 96, 96, 3, 8, 3, 2, 0, true},
    {"first_layer_224x224x3_32", 224, 224, 3, 32, 3, 2, 0, true},
    {"fully_connected_1x1024_1000", 1, 1, 1024, 1000, 1, 1, 0, false},
    {"depthwise3x3_112x112x32", 112, 112, 32, 0, 3, 1, 1, true},
    {"depthwise3x3_112x112x96_s2", 112, 112, 96, 0, 3, 2, 1, true},
    {"depthwise3x3_56x56x128", 56, 56, 128, 0, 3, 1, 1, true},
    {"depthwise3x3_48x48x8", 48, 48, 8, 0, 3, 1, 1, true},
    {"depthwise3x3_14x14x512", 14, 14, 512, 0, 3, 1, 1, true},
    {"depthwise3x3_7x7x960", 7, 7, 960, 0, 3, 1, 1, true},
    {"depthwise5x5_28x28x120", 28, 28, 120, 0, 5, 1, 2, true},
};

ConvParams params_of(const Shape& shape, Domain domain) {
  const std::int32_t offset = domain == Domain::kInt8 ? 0 : 128;
  ConvParams p = {};
  p.batch = p.groups = p.dilation_height = p.dilation_width = 1;
  p.input_height = shape.height;
  p.input_width = shape.width;
  p.input_channels = shape.channels;
  p.output_channels = shape.depthwise() ? shape.channels : shape.output_channels;
  p.kernel_height = p.kernel_width = shape.kernel;
  p.stride_height = p.stride_width = shape.stride;
  p.pad_top = p.pad_left = shape.pad;
  p.output_height = (shape.height + 2 * shape.pad - shape.kernel) / shape.stride + 1;
  p.output_width = (shape.width + 2 * shape.pad - shape.kernel) / shape.stride + 1;
  p.input_zero_point = 3 + offset;
  p.output_zero_point = -9 + offset;
  p.clamp = {shape.relu ? p.output_zero_point : -128 + offset, 127 + offset};
  return p;
}

// A shape's parameters and drawn constants, for every kernel of a row.
struct Problem {
  Problem(const Row& row, const Shape& shape) : params(qrun::kernels::flatten(params_of(shape, row.domain))) {
    const std::int64_t depth = macs_per_output(shape);
    const auto channels = static_cast<std::size_t>(params.output_channels);
    std::mt19937 random(1);
    const auto draw = [&random](std::size_t size) {
      AlignedBuffer bytes = AlignedBuffer::allocate(size);
      for (std::size_t i = 0; i < size; ++i) bytes.data()[i] = static_cast<std::uint8_t>(random());
      return bytes;
    };
    weights = draw(channels * static_cast<std::size_t>(depth));
    input = draw(static_cast<std::size_t>(shape.height * shape.width * shape.channels));
    for (std::size_t c = 0; c < channels; ++c) {
      bias.push_back(static_cast<std::int32_t>(random() % 2000));
      rescales.push_back({static_cast<std::int32_t>((1u << 30) + random() % (1u << 30)), -9});
      bounds.push_back(static_cast<std::uint32_t>(depth * 128 * 256 + 2000));
    }
    constants = {weights.data(), 0, bias.data(), rescales.data(), params.output_channels, bounds.data()};
  }

  static std::int64_t macs_per_output(const Shape& shape) {
    return std::int64_t{shape.kernel} * shape.kernel * (shape.depthwise() ? 1 : shape.channels);
  }

  ConvParams params;
  AlignedBuffer weights, input;
  std::vector<std::int32_t> bias;
  std::vector<Rescale> rescales;
  std::vector<std::uint32_t> bounds;
  ConvConstants constants;
};

void run_kernel(benchmark::State& state, const Row& row, const Shape& shape, const ConvKernel& kernel, bool chosen) {
  const Problem problem(row, shape);
  const ConvParams& params = problem.params;
  AlignedBuffer packed = AlignedBuffer::allocate(kernel.packed_bytes(params, problem.constants));
  AlignedBuffer scratch = AlignedBuffer::allocate(kernel.scratch_bytes(params));
  kernel.pack(params, problem.constants, packed.data());
  const std::int64_t outputs = std::int64_t{qrun::kernels::pixel_count(params)} * params.output_channels;
  const std::int32_t units = kernel.units(params).count;
  AlignedBuffer output = AlignedBuffer::allocate(static_cast<std::size_t>(outputs));
  const Operands operands = {{problem.input.data(), nullptr}, output.data(), packed.data(), scratch.data()};
  for (auto _ : state) {
    kernel.run(&params, operands, {0, units});
    benchmark::ClobberMemory();
  }
  const auto rate = [](double count) {
    return benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate);
  };
  const auto macs = static_cast<double>(outputs * Problem::macs_per_output(shape));
  state.counters["MAC/s"] = rate(macs);
  state.counters["out/s"] = rate(static_cast<double>(outputs));
  const double peak = qrun::bench::peak_macs_per_second(row.name);
  if (peak > 0) state.counters["share"] = rate(macs / peak);
  state.counters["cost"] = static_cast<double>(kernel.cost(params));
  state.counters["chosen"] = chosen ? 1 : 0;
}

// Every kernel of the row's own that accepts the shape: what rows take over from the reference is measured there.
void register_shape(const Row& row, const Shape& shape) {
  const Problem problem(row, shape);
  const auto& candidates = shape.depthwise() ? row.depthwise : row.conv;
  const ConvKernel& chosen = choose(candidates, problem.params, problem.constants);
  const Row& reference = qrun::kernels::reference_row(row.domain);
  const ConvKernel* of_reference = (shape.depthwise() ? reference.depthwise : reference.conv)[0];
  for (const ConvKernel* kernel : candidates) {
    if (kernel == nullptr || (kernel == of_reference && &row != &reference)) break;
    if (!kernel->accepts(problem.params, problem.constants)) continue;
    const std::string name = std::string(shape.name) + "/" + std::string(row.name) + "/" + kernel->name;
    benchmark::RegisterBenchmark(name.c_str(), [&row, &shape, kernel, is_chosen = kernel == &chosen](auto& state) {
      run_kernel(state, row, shape, *kernel, is_chosen);
    })->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (const Shape& shape : kShapes) {
    for (const Row* row : qrun::kernels::rows()) {
      if (!row->test_only && row->available()) register_shape(*row, shape);
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  qrun::bench::run_benchmarks();
  benchmark::Shutdown();
}
