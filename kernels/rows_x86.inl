// The rows of x86's instruction sets. Part of rows.cc alone.

#pragma once

namespace qrun::kernels {
namespace {

constexpr Row kAvx2 = [] {
  Row row = named("avx2", &cpu_has_avx2, kPortableInt8);
  prefer(row.conv, kConvAvx2);
  prefer(row.depthwise, kDepthwiseAvx2);
  row.add = avx2::add;
  row.linear_add = avx2::linear_add;
  row.mul = avx2::mul;
  row.prelu = avx2::prelu;
  look_up_unary(row, avx2::lookup);
  row.average_pool = avx2::average_pool;
  row.max_pool = avx2::max_pool;
  row.reduce = avx2::reduce;
  row.resize_bilinear = avx2::resize_bilinear;
  row.copy = avx2::copy;
  row.flip = avx2::flip;
  return row;
}();

constexpr Row kAvxVnni = [] {
  Row row = named("avxvnni", &cpu_has_avx_vnni, kPortableUInt8);
  prefer(row.conv, kConvAvxVnni);
  prefer(row.depthwise, kDepthwiseAvxVnni);
  row.add = avxvnni::add;
  row.linear_add = avxvnni::linear_add;
  row.mul = avxvnni::mul;
  row.prelu = avxvnni::prelu;
  look_up_unary(row, avx2::lookup);
  row.average_pool = avxvnni::average_pool;
  row.max_pool = avxvnni::max_pool;
  row.reduce = avxvnni::reduce;
  row.resize_bilinear = avxvnni::resize_bilinear;
  row.copy = avx2::copy;
  row.flip = avx2::flip;
  return row;
}();

constexpr Row kAvx512Vnni = [] {
  Row row = named("avx512vnni", &cpu_has_avx512_vnni, kPortableUInt8);
  prefer(row.conv, kConvAvx512Vnni);
  prefer(row.depthwise, kDepthwiseAvx512Vnni);
  row.add = avx512vnni::add;
  row.linear_add = avx512vnni::linear_add;
  row.mul = avx512vnni::mul;
  row.prelu = avx512vnni::prelu;
  look_up_unary(row, avx512vnni::lookup);
  row.average_pool = avx512vnni::average_pool;
  row.max_pool = avx512vnni::max_pool;
  row.reduce = avx512vnni::reduce;
  row.resize_bilinear = avx512vnni::resize_bilinear;
  row.copy = avx2::copy;
  row.flip = avx512vnni::flip;
  return row;
}();

constexpr Row kAvx512Vbmi = [] {
  Row row = named("avx512vbmi", &cpu_has_avx512_vbmi, kAvx512Vnni);
  prefer(row.depthwise, kDepthwiseAvx512Vbmi);
  row.lookup = avx512vbmi::lookup;
  return row;
}();

// What tiles do not pay for falls to the vectors.
constexpr Row kAmx = [] {
  Row row = named("amx", &cpu_has_amx_int8, kAvx512Vbmi);
  prefer(row.conv, kConvAmx);
  return row;
}();

}  // namespace
}  // namespace qrun::kernels
