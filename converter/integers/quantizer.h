// One real tensor at a time: the operators of integers that compute it, quantized as wanted.

#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "converter/integers/epilogue.h"

namespace qrun::converter::integral {

class Quantizer {
 public:
  explicit Quantizer(Context& context) : context_(context) {}

  // Integers that stand for the real tensor, of this scale and zero point: those of `output` where it is given.
  // Refuses, naming the place, what has no form in integers.
  TensorId quantize(TensorId real, const Quantization& wanted, TensorId output = kAbsent);

  // What the last refused operator is called; nothing where it was none.
  std::string take_offender() { return std::exchange(offender_, {}); }

 private:
  using Key = std::tuple<TensorId, float, std::int64_t>;

  // The same with an epilogue between; `target` is written.
  void emit(TensorId real, const Epilogue& epilogue, TensorId target);
  void emit_requantized(TensorId twin, TensorId target);
  void emit_operator(const Operator& op, const Epilogue& epilogue, TensorId target);
  void emit_integers_of(const Operator& op, const Epilogue& epilogue, TensorId target);
  void emit_movement(const Operator& op, const Epilogue& epilogue, TensorId target);
  void emit_moved_channels(const Operator& op, const Epilogue& epilogue, TensorId target);

  Context& context_;
  std::map<Key, TensorId> known_;
  std::string offender_;
  int depth_ = 0;
};

}  // namespace qrun::converter::integral
