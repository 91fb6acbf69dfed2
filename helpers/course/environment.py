"""`environment.yml`, the conda route, written from `pyproject.toml` and `requirements.lock`.

`python -m helpers.course.environment`. Python and pip come from conda-forge, everything else from the same pins
as in `.venv`, so both routes run the same versions.
"""

import tomllib
from pathlib import Path

from helpers.course import ROOT


def pins(root: Path = ROOT) -> list[str]:
    """The lines of the lock: one exact version each, with its environment marker."""
    lines = (root / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def text(root: Path = ROOT) -> str:
    """What `environment.yml` has to say."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        "# Written by `make lock` from pyproject.toml and requirements.lock; do not edit.",
        "# conda env create --file environment.yml && conda activate product-images",
        "name: product-images",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        f'  - "python{project["requires-python"]}"',
        "  - pip",
        "  - pip:",
        *[f'      - "{pin}"' for pin in pins(root)],
        '      - "--editable ."',
    ]
    return "\n".join(lines) + "\n"


def main(root: Path = ROOT) -> None:
    """Write the file."""
    (root / "environment.yml").write_text(text(root), encoding="utf-8")


if __name__ == "__main__":
    main()
