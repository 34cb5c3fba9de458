// Kernel benchmarks: the convolutions of well-known networks on every row that this CPU runs, one thread, data in the
// caches as far as they fit. MAC/s counts multiply-accumulates.
//
//   bench_kernels --benchmark_filter=avx2

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "bench/display.h"
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
  std::int32_t height, width, channels, output_channels;
  std::int32_t kernel, stride, pad;
  bool relu;
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
};

ConvParams params_of(const Shape& shape, Domain domain) {
  const std::int32_t offset = domain == Domain::kInt8 ? 0 : 128;
  ConvParams p = {};
  p.batch = p.groups = p.dilation_height = p.dilation_width = 1;
  p.input_height = shape.height;
  p.input_width = shape.width;
  p.input_channels = shape.channels;
  p.output_channels = shape.output_channels;
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

void run_conv(benchmark::State& state, const Row& row, const Shape& shape) {
  const ConvParams params = qrun::kernels::flatten(params_of(shape, row.domain));
  const auto depth = static_cast<std::size_t>(shape.kernel * shape.kernel * shape.channels);
  const auto channels = static_cast<std::size_t>(shape.output_channels);
  std::mt19937 random(1);
  const auto draw = [&random](AlignedBuffer& bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes.data()[i] = static_cast<std::uint8_t>(random());
  };
  AlignedBuffer weights = AlignedBuffer::allocate(channels * depth);
  AlignedBuffer input = AlignedBuffer::allocate(static_cast<std::size_t>(shape.height * shape.width * shape.channels));
  draw(weights);
  draw(input);
  std::vector<std::int32_t> bias;
  std::vector<Rescale> rescales;
  std::vector<std::uint32_t> bounds;
  for (std::size_t c = 0; c < channels; ++c) {
    const std::int64_t sum =
        qrun::kernels::sum_abs_weights(weights.data() + c * depth, static_cast<std::int64_t>(depth), 1, 0, 0);
    bias.push_back(static_cast<std::int32_t>(random() % 2000));
    rescales.push_back({static_cast<std::int32_t>((1u << 30) + random() % (1u << 30)), -9});
    bounds.push_back(static_cast<std::uint32_t>(sum * 256 + 2000));
  }
  const ConvConstants constants = {weights.data(), 0, bias.data(), rescales.data(), shape.output_channels,
                                   bounds.data()};
  const ConvKernel* const* kernel = row.conv;
  while (!(*kernel)->accepts(params, constants)) ++kernel;
  AlignedBuffer packed = AlignedBuffer::allocate((*kernel)->packed_bytes(params, constants));
  AlignedBuffer scratch = AlignedBuffer::allocate((*kernel)->scratch_bytes(params));
  (*kernel)->pack(params, constants, packed.data());
  const std::int32_t units = params.output_height * params.output_width;
  AlignedBuffer output = AlignedBuffer::allocate(static_cast<std::size_t>(units) * channels);
  const Operands operands = {{input.data(), nullptr}, output.data(), packed.data(), scratch.data()};
  for (auto _ : state) {
    (*kernel)->run(&params, operands, {0, units});
    benchmark::ClobberMemory();
  }
  state.SetLabel((*kernel)->name);
  state.counters["MAC/s"] = benchmark::Counter(static_cast<double>(units) * static_cast<double>(channels * depth),
                                               benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

int main(int argc, char** argv) {
  for (const Shape& shape : kShapes) {
    for (const Row* row : qrun::kernels::rows()) {
      if (row->test_only || !row->available()) continue;
      const std::string name = std::string(shape.name) + "/" + std::string(row->name);
      benchmark::RegisterBenchmark(name.c_str(), [row, &shape](benchmark::State& state) {
        run_conv(state, *row, shape);
      })->Unit(benchmark::kMicrosecond);
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  qrun::bench::run_benchmarks();
  benchmark::Shutdown();
}
