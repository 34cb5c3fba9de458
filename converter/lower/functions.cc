#include "converter/lower/functions.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace qrun::converter {
namespace {

constexpr double kSqrtHalf = 0.70710678118654752440;
constexpr double kSqrtTwoOverPi = 0.79788456080286535588;

struct Named {
  std::string_view name;
  RealFunction function;
};

constexpr Named kFunctions[] = {
    {"abs", [](double x) { return std::fabs(x); }},
    {"ceil", [](double x) { return std::ceil(x); }},
    {"cos", [](double x) { return std::cos(x); }},
    {"elu", [](double x) { return x < 0 ? std::expm1(x) : x; }},
    {"erf", [](double x) { return std::erf(x); }},
    {"exp", [](double x) { return std::exp(x); }},
    {"floor", [](double x) { return std::floor(x); }},
    {"gelu", [](double x) { return 0.5 * x * std::erfc(-x * kSqrtHalf); }},
    {"gelu_tanh", [](double x) { return 0.5 * x * (1 + std::tanh(kSqrtTwoOverPi * (x + 0.044715 * x * x * x))); }},
    {"hard_swish", [](double x) { return x * std::fmin(std::fmax(x / 6 + 0.5, 0), 1); }},
    {"log", [](double x) { return std::log(x); }},
    {"logistic", [](double x) { return 1 / (1 + std::exp(-x)); }},
    {"mish", [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
    {"neg", [](double x) { return -x; }},
    {"reciprocal", [](double x) { return 1 / x; }},
    {"round", [](double x) { return std::nearbyint(x); }},
    {"rsqrt", [](double x) { return 1 / std::sqrt(x); }},
    {"sign", [](double x) { return x > 0   ? 1.0
                                   : x < 0 ? -1.0
                                           : 0.0; }},
    {"sin", [](double x) { return std::sin(x); }},
    {"softplus", [](double x) { return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))); }},
    {"softsign", [](double x) { return x / (1 + std::fabs(x)); }},
    {"sqrt", [](double x) { return std::sqrt(x); }},
    {"square", [](double x) { return x * x; }},
    {"tanh", [](double x) { return std::tanh(x); }},
};

}  // namespace

RealFunction find_function(std::string_view name) {
  const auto* entry = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [name](const Named& candidate) { return candidate.name == name; });
  return entry == std::end(kFunctions) ? nullptr : entry->function;
}

std::uint8_t quantized_byte(float real, const Affine& y) {
  const float value = std::round(real) + static_cast<float>(y.zero_point);
  if (std::isnan(value)) return static_cast<std::uint8_t>(y.min);
  const float limited = std::clamp(value, static_cast<float>(y.min), static_cast<float>(y.max));
  return static_cast<std::uint8_t>(static_cast<std::int32_t>(limited));
}

ByteTable tabulate(RealFunction function, const Affine& x, const Affine& y) {
  const float inverse_scale = 1 / y.scale;
  return make_table(x, [&](std::int32_t q) {
    const float real = x.scale * static_cast<float>(q - x.zero_point);
    return quantized_byte(static_cast<float>(function(real)) * inverse_scale, y);
  });
}

void emit_lookup(const ByteTable& table, std::string_view name, TensorId input, TensorId output, Lowering& out) {
  qfb::LookupT lookup;
  lookup.table.assign(table.begin(), table.end());
  lookup.function = name;
  out.emit(std::move(lookup), {input}, output);
}

}  // namespace qrun::converter
