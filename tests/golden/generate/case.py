"""A case: a named network, how to sample it, and which answer is right."""

import zlib
from dataclasses import dataclass
from typing import Callable, Optional, Sequence

import numpy as np

from network import Network
from reference import extreme_inputs, random_inputs


@dataclass
class Case:
    name: str
    network: Network
    samples: Sequence[Callable] = (random_inputs, extreme_inputs)
    # Where the reference is not the contract (it aborts, uses floats or has a defect): inputs -> outputs.
    expected: Optional[Callable] = None
    # The tensors a converted model starts and ends with, where its float edges are cut off: (inputs, outputs).
    edges: Optional[tuple] = None


def generator(name):
    """Random numbers that depend on the case's name alone, so that adding one case changes no other."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def random_scale(rng, low=0.01, high=0.1):
    return float(np.float32(np.exp(rng.uniform(np.log(low), np.log(high)))))


def random_zero_point(rng, dtype):
    return int(rng.integers(-60, 60)) + (128 if dtype == "uint8" else 0)
