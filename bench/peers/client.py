"""A contender of the comparison and its worker process, as compare.py sees them."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

WORKER = pathlib.Path(__file__).with_name("worker.py")
TITLES = {"qrun": "qrun", "litert": "LiteRT", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO"}


@dataclasses.dataclass(frozen=True)
class Contender:
    engine: str
    refuse_amx: bool = False
    threads: int = 1

    @property
    def name(self):
        """The runtime's: the same for every number of threads."""
        return self.engine + ("/no-amx" if self.refuse_amx else "")

    @property
    def title(self):
        return TITLES[self.engine] + (" without AMX" if self.refuse_amx else "")

    @property
    def label(self):
        return f"{self.title} on {self.threads} thread{'s' if self.threads > 1 else ''}"


class Worker:
    """The process; use it in a with statement."""

    def __init__(self, contender, cores, environment=None):
        flags = ["refuse-amx"] if contender.refuse_amx else []
        self.process = subprocess.Popen(
            [sys.executable, WORKER, contender.engine, ",".join(map(str, cores)), *flags], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | (environment or {}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, do, **arguments):
        """Sends a request, waits for the reply; RuntimeError where that is an error or the process has died."""
        try:
            self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        reply = json.loads(line) if line else {"error": f"the worker ended with status {self.process.wait()}"}
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return reply

    def run(self, count):
        """Seconds per call, over `count` calls after a few that fill the caches."""
        return self.ask("run", count=count, warm=count // 10 + 1)["nanoseconds"] / count / 1e9
