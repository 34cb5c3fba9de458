"""Files that installed Python packages carry."""

import importlib.util
import pathlib


def package_folder(package):
    """Without importing it: only its files are wanted."""
    return pathlib.Path(importlib.util.find_spec(package).submodule_search_locations[0])
