// Operators of one tensor, element by element, and the few that a chain of them stands for.

#include <algorithm>
#include <cctype>

#include "converter/onnx/operators.h"

namespace qrun::converter::onnx_operators {
namespace {

// ONNX's word for a function where it is not lower/functions.h's in lower case.
std::string function_name(const std::string& type) {
  if (type == "Sigmoid") return "logistic";
  if (type == "HardSwish") return "hard_swish";
  std::string name = type;
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

// A bound of Clip, an attribute before operator set 11 and an input since.
float bound(NodeReader& reader, const char* attribute, std::size_t input, float otherwise) {
  return reader.has_input(input) ? reader.constant_real(input) : reader.real(attribute, otherwise);
}

// Clips integers in 8 bits, as narrow ranges are written: a function of one byte.
void clip_integers(NodeReader& reader) {
  const Value& x = reader.input();
  const auto limit = [&](std::size_t input, std::int64_t otherwise) {
    return reader.has_input(input) ? reader.zero_point(input) : otherwise;
  };
  const std::int64_t low = limit(1, -128), high = limit(2, 127);
  Lookup clip{"clip", {}};
  for (std::int64_t q = -128; q <= 127; ++q) {
    clip.table[static_cast<std::uint8_t>(q)] = static_cast<std::uint8_t>(std::min(std::max(q, low), high));
  }
  const Value y = reader.result(x.type, x.shape, x.order);
  reader.emit_movement(clip, {x}, y);
  reader.define(y);
}

}  // namespace

void function(NodeReader& reader) { reader.emit_unary(Function{function_name(reader.type())}, reader.input()); }

void relu(NodeReader& reader) { reader.emit_unary(Relu{Activation::kRelu}, reader.input()); }

void clip(NodeReader& reader) {
  if (!is_real(reader.input().type)) return clip_integers(reader);
  const float low = bound(reader, "min", 1, -kInfinity), high = bound(reader, "max", 2, kInfinity);
  if (!(low <= high)) refuse("its lower bound {} exceeds its upper bound {}", low, high);
  reader.emit_unary(Relu{{low, high}}, reader.input());
}

void leaky_relu(NodeReader& reader) { reader.emit_unary(LeakyRelu{reader.real("alpha", 0.01F)}, reader.input()); }

void p_relu(NodeReader& reader) {
  const Value& slope = reader.input(1);
  if (reader.is_constant(slope) && slope.type == OnnxType::kFloat && reader.tensor(slope).elements() == 1) {
    return reader.emit_unary(LeakyRelu{reader.constant_real(1)}, reader.input());
  }
  reader.finish(reader.emit_binary(PRelu{}, reader.input(), slope, true));
}

// Elu, Selu and Celu: gamma * (max(x, 0) + alpha * elu(min(x, 0) / width)).
void exponential_unit(NodeReader& reader) {
  const bool is_selu = reader.type() == "Selu", is_celu = reader.type() == "Celu";
  const float alpha = reader.real("alpha", is_selu ? 1.67326319217681884765625F : 1);
  const float gamma = is_selu ? reader.real("gamma", 1.05070102214813232421875F) : 1;
  const Value& x = reader.input();
  const auto unary = [&](Parameters parameters, const Value& operand) {
    Value y = reader.temporary(x.type, x.shape, x.order);
    reader.emit(std::move(parameters), {operand}, y);
    return y;
  };
  const auto times = [&](const Value& value, float factor) {
    return reader.emit_binary(Mul{Activation::kNone}, value, reader.real_constant({factor}, {}));
  };
  Value below = unary(Relu{{-kInfinity, 0}}, x);
  if (is_celu) below = times(below, 1 / alpha);
  below = times(unary(Function{"elu"}, below), alpha);
  const Value y = reader.emit_binary(Add{Activation::kNone}, unary(Relu{Activation::kRelu}, x), below);
  reader.finish(is_selu ? times(y, gamma) : y);
}

void hard_sigmoid(NodeReader& reader) {
  const float alpha = reader.real("alpha", 0.2F), beta = reader.real("beta", 0.5F);
  const Value scaled = reader.emit_binary(Mul{Activation::kNone}, reader.input(), reader.real_constant({alpha}, {}));
  const Value moved = reader.emit_binary(Add{Activation::kNone}, scaled, reader.real_constant({beta}, {}));
  reader.emit_unary(Relu{Activation::kRelu0To1}, moved);
}

// x where it exceeds alpha: x * relu(sign(x - alpha)).
void thresholded_relu(NodeReader& reader) {
  const Value& x = reader.input();
  const float alpha = reader.real("alpha", 1);
  const Value above = reader.emit_binary(Sub{Activation::kNone}, x, reader.real_constant({alpha}, {}));
  const Value sign = reader.temporary(x.type, x.shape, x.order), step = reader.temporary(x.type, x.shape, x.order);
  reader.emit(Function{"sign"}, {above}, sign);
  reader.emit(Relu{Activation::kRelu}, {sign}, step);
  reader.finish(reader.emit_binary(Mul{Activation::kNone}, x, step));
}

void gelu(NodeReader& reader) {
  const bool tanh = reader.text("approximate", "none") == "tanh" || reader.type() == "FastGelu";
  reader.emit_unary(Function{tanh ? "gelu_tanh" : "gelu"}, reader.input());
}

}  // namespace qrun::converter::onnx_operators
