"""A Python environment of pinned packages for one of the project's programs: build/NAME, made when it is first needed.

Uses the standard library alone: it runs before the packages are there.
"""

import dataclasses
import os
import pathlib
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / "build"


@dataclasses.dataclass(frozen=True)
class PythonEnvironment:
    name: str
    requirements: pathlib.Path

    @property
    def folder(self):
        return BUILD / self.name

    @property
    def is_current(self):
        """Whether the packages are there, as pinned."""
        return self._stamp.exists() and self._stamp.read_text() == self.requirements.read_text()

    def enter(self):
        """Runs this program inside the environment, making that first where it is missing or out of date."""
        self.setup()
        if pathlib.Path(sys.prefix) != self.folder:
            python = str(self.folder / "bin" / "python")
            os.execv(python, [python, *sys.argv])

    def setup(self):
        """Raises subprocess.CalledProcessError where the packages cannot be installed."""
        if self.is_current:
            return
        wanted = self.requirements.read_text()
        print(f"installing {', '.join(wanted.splitlines())} into {self.folder}", file=sys.stderr)
        venv.create(self.folder, with_pip=True, clear=True)
        subprocess.run([self.folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--only-binary", ":all:",
                        "--requirement", self.requirements], check=True)
        self._stamp.write_text(wanted)

    @property
    def _stamp(self):
        return self.folder / "installed.txt"
