"""Batch workloads as one YAML recipe: on Azure Batch, or on this machine with no account at all.

For Python programs: `Recipe.load("topn.yaml").with_params(words=5).plan()`, and `.apply()`.
"""

from recipebatch._version import __version__

# Nothing else is imported: before the command has cleared sys.path, typing.py may be a file of the current folder.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from recipebatch.api import PhaseOptions, Recipe, SecretGrant
    from recipebatch.errors import InvalidRecipeError, RecipeBatchError

__all__ = ["InvalidRecipeError", "PhaseOptions", "Recipe", "RecipeBatchError", "SecretGrant", "__version__"]

_EXPORTS = {
    "InvalidRecipeError": "recipebatch.errors",
    "PhaseOptions": "recipebatch.api",
    "Recipe": "recipebatch.api",
    "RecipeBatchError": "recipebatch.errors",
    "SecretGrant": "recipebatch.api",
}


def __getattr__(name: str) -> "Any":
    """Import what a program asks for when it does, so that `import recipebatch` costs nothing."""
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_EXPORTS[name]), name)
