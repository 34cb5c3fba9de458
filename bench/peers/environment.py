"""The Python environment of the comparison: build/venv-peers, with the pinned packages of requirements.txt."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "runtime" / "tools" / "common"))
from python_environment import BUILD, ROOT, PythonEnvironment  # the first two are for the comparison's other modules

enter = PythonEnvironment("venv-peers", pathlib.Path(__file__).with_name("requirements.txt")).enter
