"""Float tensors that a model holds in 8 bits: one that is only read to be quantized, or that was just dequantized.

What the model computes with is the 8-bit tensor. A float tensor in front of a quantizing operator may be far outside of
what that keeps: converters drop a Relu that the quantizing does.
"""


QUANTIZE, DEQUANTIZE = ("QuantizeLinear", "QUANTIZE"), ("DequantizeLinear", "DEQUANTIZE")


def held_as(operators, outputs):
    """{float tensor: 8-bit tensor} for operators [(type, inputs, outputs)] and the graph's outputs."""
    held, others = {}, set(outputs)
    for kind, read, written in operators:
        if kind in QUANTIZE:
            held.setdefault(read[0], written[0])
        else:
            others.update(read)
    held = {tensor: quantized for tensor, quantized in held.items() if tensor not in others}
    held.update((written[0], read[0]) for kind, read, written in operators if kind in DEQUANTIZE)
    return held
