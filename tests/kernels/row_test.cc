#include "tests/kernels/row_test.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "tests/kernels/guarded_buffer.h"

namespace qrun::kernels::testing {
namespace {

// Up to eight ranges that cover [0, units), shuffled.
std::vector<Range> random_partition(std::int32_t units, Random& random) {
  std::vector<std::int32_t> cuts = {0, units};
  for (int i = random.between(1, 7); i > 0; --i) cuts.push_back(random.between(0, units));
  std::sort(cuts.begin(), cuts.end());
  std::vector<Range> ranges;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) ranges.push_back({cuts[i], cuts[i + 1]});
  for (std::size_t i = ranges.size(); i > 1; --i) {
    std::swap(ranges[i - 1], ranges[static_cast<std::size_t>(random.between(0, static_cast<std::int32_t>(i) - 1))]);
  }
  return ranges;
}

// Makes the call over these ranges, each operand at the edge of its own pages.
std::vector<std::uint8_t> execute(const Call& call, const std::vector<Range>& ranges,
                                  std::optional<std::size_t> in_place) {
  std::vector<std::unique_ptr<GuardedBuffer>> inputs;
  for (const auto& input : call.inputs) inputs.push_back(std::make_unique<GuardedBuffer>(input));
  GuardedBuffer constant(call.constant, kPackedAlignment);
  GuardedBuffer scratch(call.scratch_bytes, kPackedAlignment);
  GuardedBuffer separate_output(call.output);
  GuardedBuffer& output = in_place ? *inputs[*in_place] : separate_output;

  Operands operands = {{nullptr, nullptr}, output.data(), constant.data(), scratch.data()};
  for (std::size_t i = 0; i < inputs.size(); ++i) operands.input[i] = inputs[i]->data();
  for (const Range range : ranges) call.kernel(call.params, operands, range);

  EXPECT_TRUE(output.surroundings_intact()) << "written outside the output";
  EXPECT_TRUE(scratch.surroundings_intact()) << "written outside the scratch memory";
  EXPECT_TRUE(std::ranges::equal(constant.bytes(), call.constant)) << "constants written";
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (in_place == i) continue;
    EXPECT_TRUE(std::ranges::equal(inputs[i]->bytes(), call.inputs[i])) << "input written";
  }
  return {output.bytes().begin(), output.bytes().end()};
}

}  // namespace

std::vector<std::uint8_t> RowTest::stored(const std::vector<std::int8_t>& values) {
  std::vector<std::uint8_t> bytes(values.size());
  std::transform(values.begin(), values.end(), bytes.begin(),
                 [](std::int8_t value) { return static_cast<std::uint8_t>(value + domain_offset()); });
  return bytes;
}

std::vector<std::int8_t> RowTest::loaded(const std::vector<std::uint8_t>& bytes) {
  std::vector<std::int8_t> values(bytes.size());
  std::transform(bytes.begin(), bytes.end(), values.begin(),
                 [](std::uint8_t byte) { return static_cast<std::int8_t>(byte - domain_offset()); });
  return values;
}

std::vector<std::uint8_t> RowTest::run(const Call& call, Random& random) {
  const std::vector<std::uint8_t> whole = execute(call, {{0, call.units}}, std::nullopt);
  EXPECT_EQ(execute(call, random_partition(call.units, random), std::nullopt), whole) << "in several ranges";
  return whole;
}

void RowTest::expect_in_place(const Call& call, std::size_t index, const std::vector<std::uint8_t>& expected,
                              Random& random) {
  EXPECT_EQ(execute(call, random_partition(call.units, random), index), expected) << "in place on input " << index;
}

std::vector<std::uint8_t> exponentials(Rescale rescale, std::int32_t diff_min) {
  std::vector<std::int32_t> result;
  for (std::int32_t d = 0; d < 256; ++d) result.push_back(softmax_exponential(rescale, diff_min, -d));
  return bytes_of(result);
}

std::vector<const Row*> available_rows() {
  std::vector<const Row*> result;
  for (const Row* row : rows()) {
    if (row->available()) result.push_back(row);
  }
  return result;
}

std::vector<const Row*> available_rows_with(KernelFunction Row::*kernel) {
  std::vector<const Row*> result = available_rows();
  std::erase_if(result, [kernel](const Row* row) { return row->*kernel == nullptr; });
  return result;
}

std::string row_name(const ::testing::TestParamInfo<const Row*>& info) { return std::string(info.param->name); }

}  // namespace qrun::kernels::testing
