"""The paths of schemas/, node/ and recipes/, in a checkout and in an installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def root() -> Path:
    """The folder that holds schemas/, node/ and recipes/: the checkout's, or the one inside the wheel."""
    package = Path(__file__).resolve().parent
    inside_wheel = package / "bundled"
    return inside_wheel if inside_wheel.is_dir() else package.parents[1]


def schema(name: str) -> Path:
    """The path of one JSON Schema, `recipe.schema.json` for example."""
    return root() / "schemas" / name


def recipes() -> dict[str, Path]:
    """The bundled recipes by the name that `builtin:NAME` takes."""
    found = sorted((root() / "recipes").glob("*.yaml"))
    return {path.stem: path for path in found if not path.name.endswith(".test.yaml")}
