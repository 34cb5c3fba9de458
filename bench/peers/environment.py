"""The Python environment of the comparison: build/venv-peers, with the pinned packages of requirements.txt.

Uses the standard library alone: it runs before the packages are there.
"""

import os
import pathlib
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
FOLDER = BUILD / "venv-peers"
REQUIREMENTS = pathlib.Path(__file__).with_name("requirements.txt")


def enter():
    """Runs this program inside the environment, making that first where it is missing or out of date."""
    setup()
    if pathlib.Path(sys.prefix) != FOLDER:
        python = str(FOLDER / "bin" / "python")
        os.execv(python, [python, *sys.argv])


def setup():
    stamp = FOLDER / "installed.txt"
    wanted = REQUIREMENTS.read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"installing {', '.join(wanted.split())} into {FOLDER}", file=sys.stderr)
    venv.create(FOLDER, with_pip=True, clear=True)
    subprocess.run([FOLDER / "bin" / "python", "-m", "pip", "install", "--quiet", "--only-binary", ":all:",
                    "--requirement", REQUIREMENTS], check=True)
    stamp.write_text(wanted)
