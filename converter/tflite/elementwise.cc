// Operators of two inputs, and functions with a parameter.

#include "converter/tflite/operators.h"

namespace qrun::converter {
namespace {

template <class Parameters, class Options>
void read_binary(OperatorReader& reader) {
  const Activation activation = read_activation(reader.options<Options>().fused_activation_function());
  reader.emit(Parameters{activation}, {reader.input(0), reader.input(1)}, reader.output());
}

}  // namespace

void read_add(OperatorReader& reader) { read_binary<Add, tflite::AddOptions>(reader); }
void read_sub(OperatorReader& reader) { read_binary<Sub, tflite::SubOptions>(reader); }
void read_mul(OperatorReader& reader) { read_binary<Mul, tflite::MulOptions>(reader); }

void read_prelu(OperatorReader& reader) { reader.emit(PRelu{}, {reader.input(0), reader.input(1)}, reader.output()); }

void read_leaky_relu(OperatorReader& reader) {
  reader.emit(LeakyRelu{reader.options<tflite::LeakyReluOptions>().alpha()}, {reader.input(0)}, reader.output());
}

void read_gelu(OperatorReader& reader) {
  const bool approximate = reader.options<tflite::GeluOptions>().approximate();
  reader.emit(Function{approximate ? "gelu_tanh" : "gelu"}, {reader.input(0)}, reader.output());
}

}  // namespace qrun::converter
