"""Runs both models on the same samples and gathers how far each pair of tensors is apart."""

import dataclasses

from qcompare.differences import Difference, same_greatest
from qcompare.layout import in_source_order
from qcompare.matching import match
from qcompare.samples import samples_for
from qcompare.tensor import Trouble

CHUNK = 8  # samples whose tensors are held at a time


@dataclasses.dataclass
class Comparison:
    a_title: str
    b_title: str
    tolerance: float
    samples: int
    tensors: list  # A's and B's, two lists
    matching: object
    differences: list  # one for each of the matching's pairs
    same_greatest: int  # samples for which a greatest element of every output is the other's too

    def rows(self):
        return list(zip(self.matching.pairs, self.differences))

    def outputs(self):
        return [difference for pair, difference in self.rows() if pair.is_output]

    def outputs_agree(self):
        """Whether there are any to compare and none is further apart than the tolerance."""
        incomparable = [name for name, _, is_output in self.matching.incomparable if is_output]
        return bool(self.outputs()) and not incomparable and not any(each.differing for each in self.outputs())


class Comparer:
    def __init__(self, a, b, tolerance):
        self.a, self.b, self.tolerance = a, b, tolerance
        self.matching = None

    def run(self, arrays):
        count = len(arrays[0])
        converted = samples_for(arrays, self.a.inputs, self.b.inputs)
        for first in range(0, count, CHUNK):
            chunk = slice(first, first + CHUNK)
            self._add(first, self.a.run([array[chunk] for array in arrays]),
                      self.b.run([array[chunk] for array in converted]))
        return Comparison(self.a.title, self.b.title, self.tolerance, count, self.tensors, self.matching,
                          self.differences, self.same_greatest)

    def _add(self, first, a_run, b_run):
        if self.matching is None:
            self._match(*([tensor for tensor, _ in run] for run in (a_run, b_run)))
        same = None
        for pair, difference in zip(self.matching.pairs, self.differences):
            a_values = in_source_order(a_run[pair.a][1], difference.a)
            b_values = in_source_order(b_run[pair.b][1], difference.b).reshape(a_values.shape)
            difference.add(first, a_values, b_values)
            if pair.is_output:
                here = same_greatest(a_values, b_values)
                same = here if same is None else same & here
        self.same_greatest += 0 if same is None else int(same.sum())

    def _match(self, a_tensors, b_tensors):
        self.tensors = [a_tensors, b_tensors]
        self.matching = match(a_tensors, b_tensors, *([tensor.name for tensor in engine.outputs]
                                                      for engine in (self.a, self.b)))
        if not self.matching.pairs:
            raise Trouble("no tensor of A can be compared with one of B: their names differ "
                          f"(A has '{a_tensors[-1].name}', B '{b_tensors[-1].name}'); give two forms of one model")
        self.differences = [Difference(a_tensors[pair.a], b_tensors[pair.b], self.tolerance)
                            for pair in self.matching.pairs]
        self.same_greatest = 0
