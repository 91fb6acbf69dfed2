"""The course's own tools: run, publish and clean notebooks, write the README's table and environment.yml.

They work on a checkout, from its root folder, and need the `dev` extra. `ROOT` is that checkout.
"""

import os
from pathlib import Path

from helpers.session import PROFILES

__all__ = ["PROFILES", "ROOT"]

ROOT = Path(__file__).resolve().parents[2]

# Kernels run in notebooks/: a folder named relative to where the command was given would be lost there.
for _name in ("HELPERS_MIRROR", "HELPERS_CACHE"):
    if os.environ.get(_name):
        os.environ[_name] = str(Path(os.environ[_name]).expanduser().resolve())
