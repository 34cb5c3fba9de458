"""One runtime in a process of its own: worker.py ENGINE CORES [refuse-amx], driven over its standard streams.

A request is a line of JSON, so is the reply; {"error": ...} is a reply like any other.
  {"do": "load", "path": ..., "options": {...}, "inputs": [hex]}   -> {"details": {...}}
  {"do": "run", "count": n, "warm": n}                             -> {"nanoseconds": of the n calls}
  {"do": "outputs"}                                                -> {"outputs": [hex]}
The process ends when its input does. Between requests it sleeps, so that the others have the core.
"""

import importlib
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from peers import amx


class Server:
    """Answers requests with one loaded network."""

    def __init__(self, name):
        self.name = name
        self.engine = None
        self.inputs = []

    def load(self, path, options, inputs):
        self.engine = importlib.import_module(f"peers.engine_{self.name}").Engine(path, **options)
        self.inputs = [bytes.fromhex(data) for data in inputs]
        self.engine.set_inputs(self.inputs)
        self.engine.run(1)
        return {"details": self.engine.details}

    def run(self, count, warm):
        self.engine.run(warm)
        return {"nanoseconds": self.engine.run(count)}

    def outputs(self):
        self.engine.set_inputs(self.inputs)  # runs may have overwritten them
        self.engine.run(1)
        return {"outputs": [data.hex() for data in self.engine.outputs()]}


def main(name, cores, *flags):
    os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
    if "refuse-amx" in flags:
        amx.refuse()
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a runtime prints must not get between the replies
    server = Server(name)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = getattr(server, request.pop("do"))(**request)
        except Exception as error:  # whatever the runtime throws is the reply
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
