#!/usr/bin/env python3
"""Writes vectors.json: the arithmetic of docs/arithmetic.md evaluated by another implementation.

Plain Python with unlimited integers and exact fractions, written from the definitions and not from the C++: rounding is
stated as rounding, and the constants of the exponential are derived from the exponential. The C++ must agree with every
number. The result is committed, so the tests need no Python; `--check` says whether the committed file is current.
"""

import argparse
import json
import random
import sys
from decimal import Decimal, getcontext
from fractions import Fraction
from math import floor
from pathlib import Path

getcontext().prec = 60
INT32_MAX, INT32_MIN = 2**31 - 1, -(2**31)
INT16_MAX, INT16_MIN = 2**15 - 1, -(2**15)


def half_up(x):
    """The nearest integer, halves toward plus infinity."""
    return floor(Fraction(x) + Fraction(1, 2))


def half_away(x):
    """The nearest integer, halves away from zero."""
    return half_up(x) if x >= 0 else -half_up(-x)


def saturate(x, low, high):
    return min(max(x, low), high)


def wrap32(x):
    return (x + 2**31) % 2**32 - 2**31


def truncating_divide(a, b):
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def srdhm(a, b):
    return saturate(half_up(Fraction(a * b, 2**31)), INT32_MIN, INT32_MAX)


def srdhm16(a, b):
    return saturate(half_up(Fraction(a * b, 2**15)), INT16_MIN, INT16_MAX)


def rdbp(x, exponent):
    return half_away(Fraction(x, 2**exponent))


def mbqm(x, multiplier, shift):
    return rdbp(srdhm(wrap32(x * 2 ** max(shift, 0)), multiplier), max(-shift, 0))


def rescaled_once(x, multiplier, shift):
    return round(Fraction(x * multiplier, 2 ** (31 - shift)))  # of a Fraction: halves to even


def q31(x):
    return int((Decimal(x) * 2**31).to_integral_value())


EXP_MINUS_EIGHTH = q31(Decimal("-0.125").exp())
ONE_THIRD = half_up(Fraction(2**31, 3))
FACTORS = [q31((-(Decimal(2) ** k)).exp()) for k in range(-2, 5)]  # exp(-1/4) ... exp(-16)


def expn(a):
    """exp(a / 2^26) in Q0.31 for a <= 0: a = -(whole quarters) + u with u in [-1/4, 0)."""
    if a == 0:
        return INT32_MAX
    u = a % 2**24 - 2**24
    quarters = (u - a) // 2**24
    x = u * 32 + 2**28  # u + 1/8 in Q0.31
    x2 = srdhm(x, x)
    x3 = srdhm(x2, x)
    x4 = srdhm(x2, x2)
    polynomial = rdbp(srdhm(rdbp(x4, 2) + x3, ONE_THIRD) + x2, 1)
    result = EXP_MINUS_EIGHTH + srdhm(EXP_MINUS_EIGHTH, x + polynomial)
    for bit, factor in enumerate(FACTORS):
        if quarters >> bit & 1:
            result = srdhm(result, factor)
    return result


def recip(a):
    """About 1 / (1 + a / 2^31) in Q0.31: Newton's method on h = (1 + a) / 2."""
    h = half_away(Fraction(a + INT32_MAX, 2))
    x = half_up(Fraction(48, 17) * 2**29) + srdhm(h, -half_up(Fraction(32, 17) * 2**29))
    for _ in range(3):
        x += saturate(4 * srdhm(x, 2**29 - srdhm(h, x)), INT32_MIN, INT32_MAX)
    return saturate(2 * x, INT32_MIN, INT32_MAX)


def softmax(row, multiplier, shift):
    """int8 in, int8 out."""
    diff_min = -floor(Fraction(31 * 2**26, 2**shift))
    top = max(row)
    exponentials = [
        expn(srdhm((x - top) * 2**shift, multiplier)) if x - top >= diff_min else 0 for x in row
    ]
    total = sum(rdbp(e, 12) for e in exponentials)
    if total >= 512 * 2**19:
        return [-128] * len(row)
    headroom = 32 - total.bit_length()
    inverse = recip(total * 2**headroom - 2**31)
    return [saturate(rdbp(srdhm(inverse, e), 12 - headroom + 23) - 128, -128, 127) for e in exponentials]


def hard_swish(q, p):
    """int8 in, int8 out; p as in the file."""
    v = (q - p["input_zero_point"]) * 128
    scaled = srdhm16(v, p["output_multiplier"])
    exponent, r = p["reluish_exponent"], v
    if exponent > 0:
        r = saturate(r * 2 ** (exponent - 1), INT16_MIN, INT16_MAX)
    r = srdhm16(r, p["reluish_multiplier"])
    if exponent > 0:
        r = saturate(r * 2, INT16_MIN, INT16_MAX)
    if exponent < 0:
        r = rdbp(r, -exponent)
    r = floor(Fraction(r + 32768, 2))
    y = rdbp(truncating_divide(r * scaled, 2**15), -p["output_exponent"])
    return saturate(y + p["output_zero_point"], -128, 127)


def edges(bits):
    top = 2 ** (bits - 1)
    values = {0, 1, -1, 2, -2, 3, -3, top - 1, top - 2, -top, 1 - top, top // 2, -top // 2, top // 2 - 1, top // 2 + 1}
    return sorted(values)


def int32(rng):
    """Any magnitude is as likely as any other."""
    return rng.randrange(-(2**31), 2**31) >> rng.randrange(0, 31)


def apply_cases(rng):
    for x in edges(32):
        for multiplier in (0, 1, 2**29 + 1, 2**30, 2**30 + 1, 1518500250, INT32_MAX):
            for shift in (-31, -30, -8, -1, 0, 1, 30):
                yield x, multiplier, shift
    # Exact halves in the second rounding: x * 2^30 / 2^31 = k + 1/2 after the shift, and its neighbours.
    for exponent in (1, 2, 7, 12, 20):
        for k in (-3, -2, -1, 0, 1, 2, 100):
            tie = (2 * k + 1) * 2**exponent
            for x in (tie - 1, tie, tie + 1):
                yield x, 2**30, -exponent
    # Halves in the first rounding.
    for x in (-5, -3, -1, 1, 3, 5):
        for shift in (-2, -1, 0):
            yield x, 2**30, shift
    for _ in range(600):
        yield int32(rng), rng.randrange(2**30, 2**31), rng.randrange(-31, 31)


def once_cases(rng):
    for x in edges(32):
        for multiplier in (0, 1, 2**29 + 1, 2**30, 2**30 + 1, 1518500250, INT32_MAX):
            for shift in (-23, -22, -8, -2, -1):
                yield x, multiplier, shift
    # Exact halves, of which a multiplier's trailing zeros decide where they are, and their neighbours.
    for odd, zeros in ((1, 30), (3, 29), (5, 28), (12345, 17), (1, 24), (7, 20)):
        for shift in (-23, -16, -9, -2, -1):
            step = 2 ** (30 - shift - zeros)
            for k in (-100, -3, -2, -1, 0, 1, 2, 99):
                for x in ((2 * k + 1) * step + d for d in (-1, 0, 1)):
                    if INT32_MIN < x <= INT32_MAX:
                        yield x, odd * 2**zeros, shift
    for _ in range(600):
        yield int32(rng), rng.randrange(2**31), rng.randrange(-23, 0)


def vectors():
    rng = random.Random(2024)
    exponents = (0, 1, 2, 3, 8, 15, 30, 31)
    halves = [sign * (k * 2**e + 2 ** (e - 1)) + d for e in (1, 3, 8) for k in (0, 1, 5) for sign in (1, -1) for d in (-1, 0, 1)]
    arguments = [0, 1, 2, 3] + [k * 2**24 + d for k in range(1, 127) for d in (-1, 0, 1)] + [2**31]
    arguments += [abs(int32(rng)) for _ in range(200)]
    fractions = [0, 1, 2, 3, 2**30 - 1, 2**30, INT32_MAX - 1, INT32_MAX] + [rng.randrange(2**31) for _ in range(200)]
    pairs32 = [(a, b) for a in edges(32) for b in edges(32)] + [(int32(rng), int32(rng)) for _ in range(200)]
    pairs16 = [(a, b) for a in edges(16) for b in edges(16)]
    rows = []
    for multiplier, shift in ((2**30, 23), (1717986918, 21), (2**31 - 1, 0), (1200000000, 26), (1 << 30, 30)):
        for depth in (1, 2, 10, 37):
            row = [rng.randrange(-128, 128) for _ in range(depth)]
            rows.append([multiplier, shift, row, softmax(row, multiplier, shift)])
        for row in ([-128] * 12, [127] * 12, [-128, 127] * 6):
            rows.append([multiplier, shift, row, softmax(row, multiplier, shift)])
    sweeps = []
    for reluish_exponent in (-31, -3, -1, 0, 1, 2, 7, 15):
        for output_exponent in (-31, -4, -1, 0):
            p = {
                "input_zero_point": rng.choice((-128, 127, rng.randrange(-128, 128))),
                "output_zero_point": rng.randrange(-128, 128),
                "output_multiplier": rng.choice((32767, 16384, rng.randrange(16384, 32768))),
                "output_exponent": output_exponent,
                "reluish_multiplier": rng.choice((32767, 16384, rng.randrange(16384, 32768))),
                "reluish_exponent": reluish_exponent,
            }
            sweeps.append({**p, "output": [hard_swish(q, p) for q in range(-128, 128)]})
    return {
        "srdhm [a, b, result]": [[a, b, srdhm(a, b)] for a, b in pairs32],
        "srdhm16 [a, b, result]": [[a, b, srdhm16(a, b)] for a, b in pairs16],
        "rdbp [x, exponent, result]": [[x, e, rdbp(x, e)] for x in edges(32) + halves for e in exponents],
        "apply [x, multiplier, shift, result]": [[*case, mbqm(*case)] for case in apply_cases(rng)],
        "exp [a, result]": [[-a, expn(-a)] for a in arguments],
        "reciprocal [a, result]": [[a, recip(a)] for a in fractions],
        "softmax [multiplier, shift, row, result]": rows,
        "hard_swish": sweeps,
        "apply_once [x, multiplier, shift, result]": [[*case, rescaled_once(*case)] for case in once_cases(rng)],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail if the committed file is not what this would write")
    arguments = parser.parse_args()
    path = Path(__file__).with_name("vectors.json")
    families = [
        f'"{name}": [\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]"
        for name, cases in vectors().items()
    ]
    text = "{\n" + ",\n".join(families) + "\n}\n"
    if not arguments.check:
        path.write_text(text)
    elif path.read_text() != text:
        sys.exit(f"{path}: not what make_vectors.py writes; run it and review the difference")


if __name__ == "__main__":
    main()
