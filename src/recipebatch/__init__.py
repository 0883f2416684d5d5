"""Batch workloads as one YAML recipe: on Azure Batch, or on this machine with no account at all.

For Python programs: `Recipe.load("topn.yaml").with_params(words=5).plan()`, and `.apply()`.
"""

import sys

_module = sys.orig_argv[sys.orig_argv.index("-m") + 1 :][:1] if "-m" in sys.orig_argv else []
if not sys.flags.safe_path and [name.split(".")[0] for name in _module] == [__name__]:
    # `python -m` looks for modules in the working directory first, where anyone may have put some. What it looked for
    # before this line cannot be changed here: the command `recipebatch` does not look there at all.
    del sys.path[:1]

from typing import TYPE_CHECKING, Any  # noqa: E402 - only now

from recipebatch._version import __version__  # noqa: E402 - the same

if TYPE_CHECKING:
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


def __getattr__(name: str) -> Any:
    """Import what a program asks for when it does, so that `import recipebatch` costs nothing."""
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_EXPORTS[name]), name)
