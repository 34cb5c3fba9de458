"""Which tensor of A is held against which of B: the one of its name, and of the outputs the one in its place.

A float tensor that its model holds in 8 bits stands for that 8-bit tensor.
"""

import dataclasses

from qcompare.layout import agree, source_name, source_shape
from qcompare.tensor import shape_text


@dataclasses.dataclass
class Pair:
    a: int  # places in the lists of tensors
    b: int
    name: str
    is_output: bool = False


@dataclasses.dataclass
class Matching:
    pairs: list  # in A's execution order
    incomparable: list  # of (name, reason, whether it is an output)
    only_a: list  # names
    only_b: list


def match(a_tensors, b_tensors, a_outputs, b_outputs):
    """The outputs are given by name. Where the models have as many, they pair by place: their names may differ, as those
    of a float output and of the 8-bit tensor that a converter keeps of it."""
    a_model, b_model = _Model(a_tensors), _Model(b_tensors)
    outputs = _output_pairs(a_model, b_model, a_outputs, b_outputs)
    reasons = {}  # {what is compared: what names or outputs matched, by which it is}
    for a, b in _same_names(a_model, b_model) + outputs:
        reasons.setdefault((a_model.held(a), b_model.held(b)), []).append((a, b))
    matching = Matching([], [], a_model.unused({a for a, _ in reasons}), b_model.unused({b for _, b in reasons}))
    for (a, b), matched in sorted(reasons.items()):
        name = _common_name(a_tensors[matched[0][0]], b_tensors[matched[0][1]])
        is_output = not set(outputs).isdisjoint(matched)
        if reason := why_not(a_tensors[a], b_tensors[b]):
            matching.incomparable.append((name, reason, is_output))
        else:
            matching.pairs.append(Pair(a, b, name, is_output))
    return matching


def why_not(a, b):
    """Why two tensors cannot be compared, or None."""
    if not agree(source_shape(a), source_shape(b)):
        return f"{shape_text(a.shape)} in A, {shape_text(b.shape)} in B"
    if _is_real(a) != _is_real(b):
        plain, model = (b, "B") if _is_real(a) else (a, "A")
        return f"{plain.dtype} without a scale in {model}"
    return None


class _Model:
    """Its tensors by name, the source's. Names may repeat: the first of a name is another's first, and so on."""

    def __init__(self, tensors):
        self.tensors, self.places, counts = tensors, {}, {}
        for place, tensor in enumerate(tensors):
            name = source_name(tensor.name)
            self.places[name, counts.get(name, 0)] = place
            counts[name] = counts.get(name, 0) + 1

    def place(self, name):
        return self.places.get((source_name(name), 0))

    def held(self, place):
        """Where the tensor is in 8 bits."""
        name = self.tensors[place].held_as
        return place if name is None or self.place(name) is None else self.place(name)

    def unused(self, used):
        return [tensor.name for place, tensor in enumerate(self.tensors) if used.isdisjoint((place, self.held(place)))]


def _same_names(a_model, b_model):
    return [(a, b_model.places[key]) for key, a in a_model.places.items() if key in b_model.places]


def _output_pairs(a_model, b_model, a_outputs, b_outputs):
    if len(a_outputs) != len(b_outputs):
        b_names = {source_name(name) for name in b_outputs}
        a_outputs = b_outputs = [source_name(name) for name in a_outputs if source_name(name) in b_names]
    pairs = [(a_model.place(a), b_model.place(b)) for a, b in zip(a_outputs, b_outputs)]
    return [(a, b) for a, b in pairs if a is not None and b is not None]


def _is_real(tensor):
    return tensor.is_float or tensor.is_quantized


def _common_name(a, b):
    name, other = source_name(a.name), source_name(b.name)
    return name if name == other else f"{name} ~ {other}"
