// The rows of ARM's instruction sets. Part of rows.cc alone.

#pragma once

namespace qrun::kernels {
namespace {

constexpr Row kNeon = [] {
  Row row = named("neon", &cpu_has_neon, kPortableInt8);
  prefer(row.conv, kConvNeon);
  prefer(row.depthwise, kDepthwiseNeon);
  row.add = neon::add;
  row.linear_add = neon::linear_add;
  row.mul = neon::mul;
  row.prelu = neon::prelu;
  look_up_unary(row, neon::lookup);
  row.average_pool = neon::average_pool;
  row.max_pool = neon::max_pool;
  row.reduce = neon::reduce;
  row.resize_bilinear = neon::resize_bilinear;
  row.copy = neon::copy;
  row.flip = neon::flip;
  return row;
}();

#ifdef __aarch64__
constexpr Row kDotProd = [] {
  Row row = named("dotprod", &cpu_has_dotprod, kNeon);
  prefer(row.conv, kConvDotProd);
  prefer(row.depthwise, kDepthwiseDotProd);
  return row;
}();

constexpr Row kI8mm = [] {
  Row row = named("i8mm", &cpu_has_i8mm, kDotProd);
  prefer(row.conv, kConvI8mm);
  return row;
}();
#endif

}  // namespace
}  // namespace qrun::kernels
