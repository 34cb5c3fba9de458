"""What a comparison prints: a table for people, or JSON."""

import math

from qcompare.layout import source_shape
from qcompare.tensor import FLOAT_STEPS, counted, shape_text

NAME_WIDTH = 48
HEADINGS = ["tensor", "shape", "scale", "elements", "differ", "max", "mean", "SQNR dB"]


def text(comparison, show_all):
    lines = [f"A: {comparison.a_title}", f"B: {comparison.b_title}", ""]
    shown = [(pair, difference) for pair, difference in comparison.rows()
             if show_all or pair.is_output or difference.differing]
    lines += _table([HEADINGS] + [_cells(pair, difference) for pair, difference in shown])
    lines += _notes(comparison, shown, show_all)
    lines += ["", _first_text(comparison), _summary(comparison)]
    return "\n".join(lines)


def _table(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) if place < 2 else cell.rjust(width)
                      for place, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]


def _cells(pair, difference):
    sqnr = difference.sqnr_db
    return [_shortened(pair.name), shape_text(source_shape(difference.a)), _scale_text(difference), str(difference.elements),
            str(difference.differing), number(difference.greatest), number(difference.mean),
            "-" if sqnr is None else f"{sqnr:.1f}"]


def _scale_text(difference):
    if difference.unit:
        return f"{difference.unit.scale:.6g}"
    return "float" if difference.a.is_float else "integer"


def _shortened(name):
    """The ends of names differ, their middles seldom."""
    half = (NAME_WIDTH - 3) // 2
    return name if len(name) <= NAME_WIDTH else f"{name[:half]}...{name[-(NAME_WIDTH - 3 - half):]}"


def number(value):
    return str(int(value)) if math.isfinite(value) and value == int(value) and value < 1e6 else f"{value:.3g}"


def _notes(comparison, shown, show_all):
    matching, lines = comparison.matching, []
    if any(_scale_text(difference) == "float" for _, difference in shown):
        lines.append(f"scale 'float': neither is quantized; a step is 1/{FLOAT_STEPS} of A's largest |value| in the sample")
    if comparison.tolerance:
        lines.append(f"'differ' counts elements more than {number(comparison.tolerance)} steps apart")
    lines += [f"not comparable: '{name}': {reason}" for name, reason, _ in matching.incomparable]
    for model, names in (("A", matching.only_a), ("B", matching.only_b)):
        if names:
            listed = ": " + ", ".join(map(repr, names)) if show_all else ""
            lines.append(f"only in {model}: {counted(len(names), 'tensor')}{listed}")
    return [""] + lines if lines else []


def first(comparison):
    """The pair and its difference that come first in A's order, or None."""
    return next((row for row in comparison.rows() if row[1].differing), None)


def _writer_text(difference):
    a, b = difference.a.operator, difference.b.operator
    if a is None and b is None:
        return "a graph input"
    if a is None or b is None or a == b:
        return f"written by {a or b}"
    return f"written by {a} in A, {b} in B"


def _first_text(comparison):
    row = first(comparison)
    if row is None:
        return "first difference: none"
    pair, difference = row
    place = difference.first
    index = "(" + ",".join(map(str, place["index"])) + ")"
    values = " vs ".join(_value_text(place[key], getattr(difference, key), difference) for key in ("a", "b"))
    return (f"first difference: tensor '{pair.name}', {_writer_text(difference)}, sample {place['sample']}, index {index}: "
            f"{values}, {_steps_text(place['steps'])}")


def _value_text(value, tensor, difference):
    """As stored; with what it stands for, where the other is stored otherwise."""
    if tensor.is_quantized and difference.a.scale != difference.b.scale:
        return f"{value} ({tensor.scale * (value - tensor.zero_point):.6g})"
    return f"{value:.6g}" if tensor.is_float else str(value)


def _steps_text(steps):
    return f"{number(steps)} {'step' if steps == 1 else 'steps'}"


def _summary(comparison):
    compared = comparison.rows()
    differing = sum(difference.differing > 0 for _, difference in compared)
    outputs = comparison.outputs()
    text = f"{counted(len(compared), 'tensor')} compared, {differing} differ; outputs: "
    if not outputs:
        return text + "none that can be compared"
    return (f"{text}max {_steps_text(max(each.greatest for each in outputs))}, arg max agrees on "
            f"{comparison.same_greatest} of {counted(comparison.samples, 'sample')}")


def to_json(comparison):
    """Steps that are not finite are null, as is an SQNR that is unknown or infinite."""
    matching, row = comparison.matching, first(comparison)
    return {
        "a": comparison.a_title, "b": comparison.b_title, "samples": comparison.samples, "tolerance": comparison.tolerance,
        "tensors": [_row_json(pair, difference) for pair, difference in comparison.rows()],
        "not_comparable": [{"name": name, "reason": reason, "output": output}
                           for name, reason, output in matching.incomparable],
        "only_in_a": matching.only_a, "only_in_b": matching.only_b,
        "first_difference": row and {"name": row[0].name, **_operators(row[1]), **_finite_first(row[1].first)},
        "outputs": {"max": _finite(max((each.greatest for each in comparison.outputs()), default=math.nan)),
                    "same_arg_max": comparison.same_greatest, "agree": comparison.outputs_agree()}}


def _row_json(pair, difference):
    a, b, unit = difference.a, difference.b, difference.unit
    return {"name": pair.name, "name_in_a": a.name, "name_in_b": b.name, **_operators(difference),
            "shape": list(source_shape(a)), "type_in_a": a.dtype, "type_in_b": b.dtype, "output": pair.is_output,
            "scale": unit.scale if unit else None, "unit": "scale" if unit else _scale_text(difference),
            "elements": difference.elements, "differ": difference.differing, "max": _finite(difference.greatest),
            "mean": _finite(difference.mean), "sqnr_db": None if difference.sqnr_db is None else _finite(difference.sqnr_db),
            "first": difference.first and _finite_first(difference.first)}


def _operators(difference):
    return {"operator_in_a": difference.a.operator, "operator_in_b": difference.b.operator}


def _finite_first(place):
    return {key: _finite(value) if isinstance(value, float) else value for key, value in place.items()}


def _finite(value):
    return value if math.isfinite(value) else None
