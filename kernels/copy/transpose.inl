// Transposes matrices of bytes with shuffles of 16: square blocks, and two to four streams from or to one.
//
// Vectors and their shuffles are GCC's and Clang's own. Blocks of 16 that do not fit a side overlap: every byte is
// written with its own value, perhaps twice.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace qrun::kernels {
namespace {

using Vector16 = std::uint8_t __attribute__((vector_size(16)));

Vector16 load16(const std::uint8_t* p) {
  Vector16 x;
  std::memcpy(&x, p, sizeof(x));
  return x;
}

void store16(std::uint8_t* p, Vector16 x) { std::memcpy(p, &x, sizeof(x)); }

// Calls visit(i) for blocks [i, i + 16) that cover [0, extent); the last may overlap the one before it. Requires:
// extent >= 16.
template <class Visit>
void for_each_block16(std::ptrdiff_t extent, Visit visit) {
  std::ptrdiff_t i = 0;
  for (; i + 16 <= extent; i += 16) visit(i);
  if (i < extent) visit(extent - 16);
}

// y[j][i] = x[i][j], 16 by 16; strides in bytes between rows. Four rounds of interleaving the first eight vectors with
// the last eight: each moves a bit of the row's number down into the column's.
inline void transpose16(const std::uint8_t* x, std::ptrdiff_t x_stride, std::uint8_t* y, std::ptrdiff_t y_stride) {
  Vector16 rows[16], next[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) rows[i] = load16(x + i * x_stride);
#pragma GCC unroll 4
  for (int round = 0; round < 4; ++round) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      next[2 * i] =
          __builtin_shufflevector(rows[i], rows[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      next[2 * i + 1] =
          __builtin_shufflevector(rows[i], rows[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) rows[i] = next[i];
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) store16(y + i * y_stride, rows[i]);
}

// What a shuffle of a result so far and of `stream` takes into byte j of interleaved vector k: the stream's byte where
// it belongs there, else what the result has. The first result is stream 0 itself.
template <int kStreams>
constexpr int interleave_index(int k, int stream, int j) {
  const int byte = 16 * k + j;
  if (byte % kStreams == stream) return 16 + byte / kStreams;
  return stream == 1 && byte % kStreams == 0 ? byte / kStreams : j;
}

// The same for byte j of `stream` and interleaved vector k.
template <int kStreams>
constexpr int deinterleave_index(int stream, int k, int j) {
  const int byte = j * kStreams + stream;
  if (byte / 16 == k) return 16 + byte % 16;
  return k == 1 && byte / 16 == 0 ? byte : j;
}

using Bytes0To15 = std::make_integer_sequence<int, 16>;

template <int kStreams, int kVector, int kStream, int... kByte>
Vector16 interleave_one(Vector16 result, Vector16 stream, std::integer_sequence<int, kByte...>) {
  return __builtin_shufflevector(result, stream, interleave_index<kStreams>(kVector, kStream, kByte)...);
}

template <int kStreams, int kStream, int kVector, int... kByte>
Vector16 deinterleave_one(Vector16 result, Vector16 vector, std::integer_sequence<int, kByte...>) {
  return __builtin_shufflevector(result, vector, deinterleave_index<kStreams>(kStream, kVector, kByte)...);
}

// Vector kVector of kStreams streams interleaved.
template <int kStreams, int kVector, int... kStream>
Vector16 interleaved(const Vector16 (&streams)[kStreams], std::integer_sequence<int, kStream...>) {
  Vector16 result = streams[0];
  ((result = interleave_one<kStreams, kVector, kStream + 1>(result, streams[kStream + 1], Bytes0To15{})), ...);
  return result;
}

template <int kStreams, int kStream, int... kVector>
Vector16 deinterleaved(const Vector16 (&vectors)[kStreams], std::integer_sequence<int, kVector...>) {
  Vector16 result = vectors[0];
  ((result = deinterleave_one<kStreams, kStream, kVector + 1>(result, vectors[kVector + 1], Bytes0To15{})), ...);
  return result;
}

// Calls body(0, 1, ... count - 1 as an integer_sequence) for a count of streams that there is code for: whether it is.
template <class Body>
bool with_streams(std::ptrdiff_t count, Body body) {
  switch (count) {
    case 2:
      body(std::make_integer_sequence<int, 2>{});
      return true;
    case 3:
      body(std::make_integer_sequence<int, 3>{});
      return true;
    case 4:
      body(std::make_integer_sequence<int, 4>{});
      return true;
    default:
      return false;
  }
}

// y[i * streams + s] = x[s * x_stride + i], for i in [0, count), s in [0, streams). Requires: count >= 16.
template <int... kVector>
void interleave(const std::uint8_t* x, std::ptrdiff_t x_stride, std::uint8_t* y, std::ptrdiff_t count,
                std::integer_sequence<int, kVector...>) {
  constexpr int kStreams = sizeof...(kVector);
  for_each_block16(count, [&](std::ptrdiff_t i) {
    const Vector16 streams[] = {load16(x + kVector * x_stride + i)...};
    (store16(y + i * kStreams + 16 * kVector,
             interleaved<kStreams, kVector>(streams, std::make_integer_sequence<int, kStreams - 1>{})),
     ...);
  });
}

// y[s * y_stride + i] = x[i * streams + s], for i in [0, count), s in [0, streams). Requires: count >= 16.
template <int... kStream>
void deinterleave(const std::uint8_t* x, std::uint8_t* y, std::ptrdiff_t y_stride, std::ptrdiff_t count,
                  std::integer_sequence<int, kStream...>) {
  constexpr int kStreams = sizeof...(kStream);
  for_each_block16(count, [&](std::ptrdiff_t i) {
    const Vector16 vectors[] = {load16(x + i * kStreams + 16 * kStream)...};
    (store16(y + kStream * y_stride + i,
             deinterleaved<kStreams, kStream>(vectors, std::make_integer_sequence<int, kStreams - 1>{})),
     ...);
  });
}

}  // namespace
}  // namespace qrun::kernels
