"""That all contenders compute the same network: their outputs beside those of LiteRT's reference kernels.

Peers requantize in floating point, so they may be some steps away. For qrun the difference is zero, but behind fully
connected layers, where this LiteRT's reference is not the documented arithmetic either.
"""

import numpy as np

from peers.client import Contender, Worker


def reference_outputs(case, cores):
    """uint8 arrays."""
    with Worker(Contender("litert"), cores) as worker:
        worker.ask("load", path=str(case.path("litert")), options={"threads": 1, "reference": True},
                   inputs=[data.hex() for data in case.bytes_for("litert")])
        return _outputs(case, "litert", worker)


def compare(case, engine, worker, reference):
    """{"steps": the greatest difference, "same_top": whether the greatest element is one of the reference's}."""
    steps, same_top = 0, True
    for array, expected in zip(_outputs(case, engine, worker), reference):
        steps = max(steps, int(np.abs(array.astype(int) - expected).max()))
        same_top &= bool(expected.flat[array.argmax()] == expected.max())
    return {"steps": steps, "same_top": same_top}


def _outputs(case, engine, worker):
    return case.outputs_of(engine, [bytes.fromhex(data) for data in worker.ask("outputs")["outputs"]])
