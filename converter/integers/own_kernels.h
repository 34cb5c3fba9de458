// Operators of reals that have an integer kernel of their own kind, with what follows them: `target`, whose
// quantization is set, is written. All refuse, saying where quantization is missing, inputs that are no integers.

#pragma once

#include "converter/integers/epilogue.h"

namespace qrun::converter::integral {

// Add, Sub and Mul. The epilogue is a clamp.
void emit_sum_or_product(Context& context, const Operator& op, const Epilogue& epilogue, TensorId target);

void emit_average_pool(Context& context, const Operator& op, const Epilogue& epilogue, TensorId target);

// Reduce and Softmax, ResizeBilinear, PRelu. The epilogue is a clamp.
void emit_reduction(Context& context, const Operator& op, const Epilogue& epilogue, TensorId target);
void emit_resize(Context& context, const Operator& op, const Epilogue& epilogue, TensorId target);
void emit_prelu(Context& context, const Operator& op, const Epilogue& epilogue, TensorId target);

}  // namespace qrun::converter::integral
