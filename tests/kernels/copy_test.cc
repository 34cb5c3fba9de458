// Data movement of every row: strided copies of every element size, fill, flip, gather.

#include <algorithm>
#include <cstring>
#include <string>

#include "tests/kernels/row_test.h"

namespace qrun::kernels::testing {
namespace {

std::vector<std::uint8_t> random_bytes(std::size_t count, Random& random) {
  std::vector<std::uint8_t> result(count);
  for (std::uint8_t& byte : result) byte = static_cast<std::uint8_t>(random.between(0, 255));
  return result;
}

// One random copy: its parameters, and the sizes of the tensors that it needs.
struct CopyCase {
  CopyParams params;
  std::int32_t source_bytes, destination_bytes;
};

CopyCase random_copy(Random& random) {
  constexpr std::int32_t kSizes[] = {1, 1, 4, 8};
  CopyCase c = {};
  CopyParams& p = c.params;
  p.dims = random.one_in(5) ? kMaxCopyDims : random.between(1, 5);
  p.element_bytes = kSizes[random.between(0, 3)];
  std::int32_t source_size = p.element_bytes;
  std::int32_t destination_size = p.element_bytes;
  // From the last dimension outwards: the source repeats, steps or runs backwards; the destination is a window of a
  // larger tensor.
  for (std::int32_t d = p.dims - 1; d >= 0; --d) {
    p.extent[d] = d == p.dims - 1 && random.one_in(2) ? random.between(1, 100) : random.between(1, p.dims > 5 ? 2 : 4);
    const std::int32_t step = random.one_in(2) ? 1 : random.between(-2, 2);
    p.source_stride[d] = step * source_size;
    if (step < 0) p.source_offset -= (p.extent[d] - 1) * p.source_stride[d];
    source_size *= std::max(1, std::abs(step) * p.extent[d]);
    const std::int32_t before = random.one_in(3) ? random.between(0, 2) : 0;
    p.destination_stride[d] = destination_size;
    p.destination_offset += before * destination_size;
    destination_size *= before + p.extent[d] + (random.one_in(3) ? random.between(0, 2) : 0);
  }
  c.source_bytes = source_size;
  c.destination_bytes = destination_size;
  return c;
}

// Dimension by dimension, one byte at a time.
void naive_copy(const CopyParams& p, std::int32_t d, const std::uint8_t* x, std::uint8_t* y) {
  if (d == p.dims) {
    for (std::int32_t b = 0; b < p.element_bytes; ++b) y[b] = x[b];
    return;
  }
  for (std::int32_t i = 0; i < p.extent[d]; ++i) {
    naive_copy(p, d + 1, x + i * p.source_stride[d], y + i * p.destination_stride[d]);
  }
}

class CopyTest : public RowTest {};

TEST_P(CopyTest, RandomStrides) {
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const CopyCase c = random_copy(random);
    const auto x = random_bytes(static_cast<std::size_t>(c.source_bytes), random);
    std::vector<std::uint8_t> expected = unwritten(static_cast<std::size_t>(c.destination_bytes));
    naive_copy(c.params, 0, x.data() + c.params.source_offset, expected.data() + c.params.destination_offset);
    std::int32_t rows = 1;
    for (std::int32_t d = 0; d + 1 < c.params.dims; ++d) rows *= c.params.extent[d];
    const Call call = {row().copy, &c.params, rows, {x}, {}, 0, unwritten(expected.size())};
    EXPECT_EQ(run(call, random), expected);
  }
}

// A transposed matrix, larger than any block that a kernel may work in.
TEST_P(CopyTest, Transpose) {
  constexpr std::int32_t kRows = 67;
  constexpr std::int32_t kColumns = 131;
  for (const std::int32_t bytes : {1, 4, 8}) {
    Random random(0);
    const CopyParams p = {2, bytes, {kColumns, kRows}, {bytes, kColumns * bytes}, {kRows * bytes, bytes}, 0, 0};
    const auto x = random_bytes(static_cast<std::size_t>(kRows * kColumns * bytes), random);
    std::vector<std::uint8_t> expected(x.size());
    naive_copy(p, 0, x.data(), expected.data());
    const Call call = {row().copy, &p, kColumns, {x}, {}, 0, unwritten(x.size())};
    EXPECT_EQ(run(call, random), expected);
  }
}

// Bytes of matrices with sides shorter and longer than a vector, inside larger ones on both sides.
TEST_P(CopyTest, TransposesOfEveryShape) {
  const std::int32_t sides[] = {1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 50, 100};
  for (const std::int32_t rows : sides) {
    for (const std::int32_t columns : sides) {
      for (const std::int32_t more : {0, 3}) {
        SCOPED_TRACE(std::to_string(rows) + "x" + std::to_string(columns) + ", strides " + std::to_string(more) +
                     " more");
        Random random(0);
        constexpr std::int32_t kMatrices = 3;
        const std::int32_t source_row = columns + more, source_matrix = rows * source_row;
        const std::int32_t destination_row = rows + more, destination_matrix = columns * destination_row;
        const CopyParams p = {
            3, 1, {kMatrices, columns, rows}, {source_matrix, 1, source_row}, {destination_matrix, destination_row, 1},
            0, 0};
        const auto x = random_bytes(static_cast<std::size_t>(kMatrices * source_matrix - more), random);
        std::vector<std::uint8_t> expected = unwritten(static_cast<std::size_t>(kMatrices * destination_matrix - more));
        naive_copy(p, 0, x.data(), expected.data());
        const Call call = {row().copy, &p, kMatrices * columns, {x}, {}, 0, unwritten(expected.size())};
        EXPECT_EQ(run(call, random), expected);
      }
    }
  }
}

TEST_P(CopyTest, Fill) {
  for (const std::int32_t size : {1, 15, 16, 63, 64, 65, 1000}) {
    Random random(0);
    const FillParams p = {0x9C};
    const Call call = {row().fill, &p, size, {}, {}, 0, unwritten(static_cast<std::size_t>(size))};
    EXPECT_EQ(run(call, random), std::vector<std::uint8_t>(static_cast<std::size_t>(size), 0x9C));
  }
}

TEST_P(CopyTest, Flip) {
  for (const std::int32_t size : {1, 15, 16, 63, 64, 65, 1000}) {
    Random random(0);
    const auto x = random_bytes(static_cast<std::size_t>(size), random);
    std::vector<std::uint8_t> expected;
    for (const std::uint8_t byte : x) expected.push_back(static_cast<std::uint8_t>(byte + 128));
    const Call call = {row().flip, nullptr, size, {x}, {}, 0, unwritten(x.size())};
    EXPECT_EQ(run(call, random), expected);
    expect_in_place(call, 0, expected, random);
  }
}

TEST_P(CopyTest, Gather) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const GatherParams p = {random.between(1, 4), random.between(1, 9), random.between(1, 12), random.between(1, 50)};
    std::vector<std::int32_t> index(static_cast<std::size_t>(p.count));
    for (std::int32_t& i : index) i = random.between(0, p.extent - 1);
    const auto x = random_bytes(static_cast<std::size_t>(p.outer * p.extent * p.inner_bytes), random);
    std::vector<std::uint8_t> expected;
    for (std::int32_t o = 0; o < p.outer; ++o) {
      for (const std::int32_t i : index) {
        const auto block = x.begin() + (o * p.extent + i) * p.inner_bytes;
        expected.insert(expected.end(), block, block + p.inner_bytes);
      }
    }
    const Call call = {row().gather, &p, p.outer * p.count, {x}, bytes_of(index), 0, unwritten(expected.size())};
    EXPECT_EQ(run(call, random), expected);
  }
}

QRUN_TEST_EVERY_ROW(CopyTest);

}  // namespace
}  // namespace qrun::kernels::testing
