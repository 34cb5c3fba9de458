#include "tests/kernels/conv_tester.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>

#include "kernels/bounds.h"
#include "kernels/conv/flatten.h"

namespace qrun::kernels::testing {
namespace {

std::int32_t output_extent(std::int32_t input, std::int32_t pads, std::int32_t kernel, std::int32_t dilation,
                           std::int32_t stride) {
  return (input + pads - (kernel - 1) * dilation - 1) / stride + 1;
}

std::string describe(const ConvParams& p) {
  std::ostringstream out;
  out << p.batch << 'x' << p.input_height << 'x' << p.input_width << 'x' << p.input_channels << " -> "
      << p.output_height << 'x' << p.output_width << 'x' << p.output_channels << ", kernel " << p.kernel_height << 'x'
      << p.kernel_width << ", stride " << p.stride_height << ' ' << p.stride_width << ", dilation " << p.dilation_height
      << ' ' << p.dilation_width << ", padding " << p.pad_top << ' ' << p.pad_left << ", groups " << p.groups
      << ", zero points " << p.input_zero_point << ' ' << p.weight_zero_point << ' ' << p.output_zero_point;
  return out.str();
}

}  // namespace

ConvTester::ConvTester(const Row& row, std::uint32_t seed) : row_(row), seed_(seed), random_(seed) {
  params_.batch = params_.groups = params_.output_channels = 1;
  input(1, 1, 1).kernel(1, 1).stride(1, 1).dilation(1, 1);
  const std::int32_t offset = row.domain == Domain::kInt8 ? 0 : 128;
  params_.input_zero_point = random_.zero_point() + offset;
  params_.output_zero_point = random_.zero_point() + offset;
  params_.clamp = {-128 + offset, 127 + offset};
}

ConvTester& ConvTester::input(std::int32_t height, std::int32_t width, std::int32_t channels) {
  params_.input_height = height;
  params_.input_width = width;
  params_.input_channels = channels;
  return *this;
}

ConvTester& ConvTester::kernel(std::int32_t height, std::int32_t width) {
  params_.kernel_height = height;
  params_.kernel_width = width;
  return *this;
}

ConvTester& ConvTester::stride(std::int32_t height, std::int32_t width) {
  params_.stride_height = height;
  params_.stride_width = width;
  return *this;
}

ConvTester& ConvTester::dilation(std::int32_t height, std::int32_t width) {
  params_.dilation_height = height;
  params_.dilation_width = width;
  return *this;
}

ConvTester& ConvTester::padding(std::int32_t height, std::int32_t width) {
  params_.pad_top = pad_bottom_ = height;
  params_.pad_left = pad_right_ = width;
  return *this;
}

ConvTester& ConvTester::clamp(std::int32_t below, std::int32_t above) {
  const Clamp whole = params_.clamp;
  params_.clamp.min = kernels::clamp(params_.output_zero_point - below, whole);
  params_.clamp.max = kernels::clamp(params_.output_zero_point + above, whole);
  return *this;
}

ConvTester& ConvTester::saturating() {
  params_.output_zero_point = params_.clamp.min = row_.domain == Domain::kInt8 ? -128 : 0;
  params_.clamp.max = params_.clamp.min + 255;
  return *this;
}

ConvTester& ConvTester::ties(std::int32_t shift, std::int32_t every) {
  rounding(Rounding::kOnce).weights(0);
  return constants([random = Random(seed_), shift, every](std::int32_t channel, Rescale& rescale,
                                                          std::int32_t& bias) mutable {
    // Halves of less than 2^8 have a multiplier of less than 2^9 times a power of two.
    const std::int32_t zeros =
        channel % every != 0 ? random.between(0, 3) : random.between(random.one_in(8) ? 0 : 22, 30);
    const std::int32_t most = kInt32Max >> zeros;
    const std::int32_t odd = random.between(random.one_in(4) ? 0 : most / 2, most) | 1;
    rescale = {odd << zeros, shift};
    const std::int64_t step = std::int64_t{1} << (30 - shift - zeros);
    std::int64_t x = (random.between(-300, 300) | 1) * (std::int64_t{1} << (30 - shift)) / rescale.multiplier;
    if (step <= kInt32Max) {
      const auto reach = static_cast<std::int32_t>(std::min(600 / odd, static_cast<std::int32_t>(kInt32Max / step)));
      x = (random.between(-reach, reach) | 1) * step;
    }
    if (random.one_in(3)) x += random.between(-2, 2);
    bias = static_cast<std::int32_t>(std::clamp<std::int64_t>(x, -kInt32Max, kInt32Max));
  });
}

// Draws what was not said: data, and constants that pass the bounds that loading checks.
void ConvTester::fill() {
  ConvParams& p = params_;
  p.output_height =
      output_extent(p.input_height, p.pad_top + pad_bottom_, p.kernel_height, p.dilation_height, p.stride_height);
  p.output_width =
      output_extent(p.input_width, p.pad_left + pad_right_, p.kernel_width, p.dilation_width, p.stride_width);
  const auto depth = static_cast<std::size_t>(p.kernel_height * p.kernel_width * (depthwise_ ? 1 : p.input_channels));
  if (depthwise_) p.output_channels = p.input_channels;
  p.input_channels *= p.groups;
  p.output_channels *= p.groups;
  const auto channels = static_cast<std::size_t>(p.output_channels);

  for (const std::int8_t value :
       random_.values(static_cast<std::size_t>(p.batch * p.input_height * p.input_width * p.input_channels))) {
    input_.push_back(static_cast<std::uint8_t>(input_value_ == kRandomValue ? value : input_value_));
  }
  for (std::size_t i = 0; change_input_ && i < input_.size(); ++i) input_[i] = change_input_(i, input_[i]);
  for (const std::int8_t value : random_.values(channels * depth)) {
    weights_.push_back(static_cast<std::uint8_t>(weight_value_ == kRandomValue ? value : weight_value_));
  }
  for (std::size_t i = 0; change_weight_ && i < weights_.size(); ++i) {
    const std::size_t channel = depthwise_ ? i % channels : i / depth;
    weights_[i] = static_cast<std::uint8_t>(
        change_weight_(static_cast<std::int32_t>(channel), static_cast<std::int8_t>(weights_[i])));
  }
  const Rounding drawn = constants_ || random_.between(0, 1) == 0 ? Rounding::kTwice : Rounding::kOnce;
  p.rounding = rounding_.value_or(drawn);
  const std::int32_t lowest = row_.domain == Domain::kInt8 ? -128 : 0;
  Rescale shared = {};
  for (std::size_t c = 0; c < channels; ++c) {
    const std::int64_t sum =
        sum_abs_weights(weights_.data() + (depthwise_ ? c : c * depth), static_cast<std::int64_t>(depth),
                        depthwise_ ? static_cast<std::int64_t>(channels) : 1, 0, p.weight_zero_point);
    std::int32_t bias = has_bias_ ? random_.between(-100000, 100000) : 0;
    Rescale rescale = random_.rescale(sum * 256 + std::abs(std::int64_t{bias}));
    if (p.rounding == Rounding::kOnce) rescale.shift = std::clamp(rescale.shift, kMinOnceShift, kMaxOnceShift);
    if (constants_) constants_(static_cast<std::int32_t>(c), rescale, bias);
    if (per_tensor_) rescale = c == 0 ? shared = rescale : shared;
    const ChannelBound bound =
        channel_bound(sum, bias, lowest, lowest + 255, p.input_zero_point, rescale, p.output_zero_point, p.rounding);
    ASSERT_TRUE(bound.proved) << "the test asks for what loading rejects, channel " << c;
    bias_.push_back(bias);
    rescales_.push_back(rescale);
    bounds_.push_back(static_cast<std::uint32_t>(bound.accumulator));
  }
}

ConvConstants ConvTester::source() const {
  return {weights_.data(),
          0,
          has_bias_ ? bias_.data() : nullptr,
          rescales_.data(),
          per_tensor_ ? 1 : params_.output_channels,
          bounds_.data()};
}

void ConvTester::pack(const ConvKernel& kernel, GuardedBuffer& packed) const {
  EXPECT_TRUE(kernel.accepts(params_, source()));
  kernel.pack(params_, source(), packed.data());
  EXPECT_TRUE(packed.surroundings_intact());
}

std::vector<std::uint8_t> ConvTester::run(const ConvKernel& kernel, const std::vector<std::int32_t>& cuts) {
  GuardedBuffer packed(kernel.packed_bytes(params_, source()), kPackedAlignment);
  pack(kernel, packed);
  const std::int32_t pixels = pixel_count(params_);
  GuardedBuffer input(input_);
  GuardedBuffer scratch(kernel.scratch_bytes(params_), kPackedAlignment);
  GuardedBuffer output(static_cast<std::size_t>(pixels) * static_cast<std::size_t>(params_.output_channels));
  const Operands operands = {{input.data(), nullptr}, output.data(), packed.data(), scratch.data()};
  std::int32_t begin = 0;
  for (const std::int32_t end : cuts) {
    kernel.run(&params_, operands, {begin, end});
    begin = end;
  }
  EXPECT_TRUE(output.surroundings_intact()) << "written outside the output";
  EXPECT_TRUE(scratch.surroundings_intact()) << "written outside the scratch memory";
  return {output.bytes().begin(), output.bytes().end()};
}

std::vector<std::uint8_t> ConvTester::run_by_rows(const ConvKernel& kernel) {
  const ConvParams& p = params_;
  GuardedBuffer packed(kernel.packed_bytes(p, source()), kPackedAlignment);
  pack(kernel, packed);
  GuardedBuffer scratch(kernel.scratch_bytes(p), kPackedAlignment);
  const std::int32_t input_row = p.input_width * p.input_channels, output_row = p.output_width * p.output_channels;
  // Where row 0 would be, were there more than the rows in the buffer.
  const auto row_zero = [](GuardedBuffer& buffer, std::int32_t first_row, std::int32_t row_bytes) {
    return reinterpret_cast<std::uint8_t*>(reinterpret_cast<std::uintptr_t>(buffer.data()) -
                                           static_cast<std::uintptr_t>(std::int64_t{first_row} * row_bytes));
  };
  std::vector<std::uint8_t> result;
  for (std::int32_t row = 0, end; row < p.batch * p.output_height; row = end) {
    const std::int32_t image = row / p.output_height, y = row % p.output_height;
    end = random_.between(row + 1, (image + 1) * p.output_height);
    const std::int32_t last = (end - 1) % p.output_height;
    const auto inside = [&](std::int32_t in) { return std::clamp(in, 0, p.input_height); };
    const std::int32_t first_needed = inside(y * p.stride_height - p.pad_top);
    const std::int32_t end_needed =
        inside(last * p.stride_height - p.pad_top + (p.kernel_height - 1) * p.dilation_height + 1);
    const std::int32_t first_row = image * p.input_height + first_needed;
    const auto from = input_.begin() + std::ptrdiff_t{first_row} * input_row;
    std::vector<std::uint8_t> rows(from, from + std::ptrdiff_t{end_needed - first_needed} * input_row);
    rows.resize(rows.size() + kReadBeyondRows, 0xA5);
    GuardedBuffer input(rows);
    GuardedBuffer output(static_cast<std::size_t>(end - row) * static_cast<std::size_t>(output_row));
    const Operands operands = {{row_zero(input, first_row, input_row), nullptr},
                               row_zero(output, row, output_row),
                               packed.data(),
                               scratch.data()};
    kernel.run(&p, operands, {row * p.output_width, end * p.output_width});
    EXPECT_TRUE(output.surroundings_intact()) << "written outside the output's rows";
    result.insert(result.end(), output.bytes().begin(), output.bytes().end());
  }
  return result;
}

void ConvTester::expect_equal(const std::vector<std::uint8_t>& actual, const std::vector<std::uint8_t>& expected,
                              const char* kernel) const {
  const auto [a, e] = std::ranges::mismatch(actual, expected);
  ASSERT_EQ(a, actual.end()) << kernel << ": output " << a - actual.begin() << " is " << int{*a} << ", not " << int{*e}
                             << "; " << describe(params_) << ", seed " << seed_;
}

void ConvTester::test() {
  fill();
  if (::testing::Test::HasFatalFailure()) return;
  const ConvKernel& reference = *candidates(reference_row(row_.domain))[0];
  const std::vector<std::uint8_t> expected = run(reference, {reference.units(params_).count});
  for (int i = 0; i < kMaxCandidates && candidates(row_)[i] != nullptr; ++i) {
    const ConvKernel* kernel = candidates(row_)[i];
    if (!kernel->accepts(params_, source())) continue;
    const std::int32_t units = kernel->units(params_).count;
    std::vector<std::vector<std::int32_t>> all_cuts = {{units}, {}};
    for (std::int32_t end = 0; end < units;) all_cuts[1].push_back(end = random_.between(end + 1, units));
    for (std::int32_t cut = 1; cut_everywhere_ && cut < units; ++cut) all_cuts.push_back({cut, units});
    for (const std::vector<std::int32_t>& cuts : all_cuts) {
      expect_equal(run(*kernel, cuts), expected, kernel->name);
      if (::testing::Test::HasFatalFailure()) return;
    }
    if (pixel_count(params_) == 1) continue;  // units may be no pixels
    expect_equal(run_by_rows(*kernel), expected, kernel->name);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace qrun::kernels::testing
