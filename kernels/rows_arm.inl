// The rows of ARM's instruction sets. Part of rows.cc alone.

#pragma once

namespace qrun::kernels {
namespace {

constexpr Row kNeon = [] {
  Row row = named("neon", &cpu_has_neon, kPortableInt8);
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
  return row;
}();
#endif

}  // namespace
}  // namespace qrun::kernels
