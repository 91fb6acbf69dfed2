"""The course's own tools: run, publish and clean notebooks, write the README's table and environment.yml.

They work on a checkout, from its root folder, and need the `dev` extra. `ROOT` is that checkout.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ("quick", "standard", "full")
