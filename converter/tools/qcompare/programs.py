"""qrun and its kin as child processes."""

import dataclasses
import pathlib
import subprocess

from qcompare.tensor import Trouble


@dataclasses.dataclass(frozen=True)
class Programs:
    folder: pathlib.Path
    qrun_options: tuple = ()

    def run(self, name, *arguments):
        """What it prints. Its own error line becomes the command's."""
        path = self.folder / name
        try:
            finished = subprocess.run([path, *arguments], capture_output=True, text=True)
        except OSError as error:
            raise Trouble(f"{path}: {error.strerror}; build it with ./dev build, or give its folder with --bin") from None
        if finished.returncode:
            lines = finished.stderr.strip().splitlines() or [f"{name} ended with status {finished.returncode}"]
            raise Trouble(" ".join(line.strip() for line in lines))
        return finished.stdout


def convert(programs, source, folder):
    """The .qfb that qconvert makes of it."""
    target = pathlib.Path(folder) / (pathlib.Path(source).stem + ".qfb")
    programs.run("qconvert", source, "-o", target, "-q")
    return target
