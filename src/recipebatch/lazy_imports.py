"""Packages whose door imports a name when it is asked for, so that a command loads only what it uses."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazy_exports(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package.

    Type checkers see the same names as ordinary imports below `if TYPE_CHECKING`.

    Args:
        package: its `__name__`.
        modules: name of an export → the module that defines it.

    Returns:
        A function of a name, which raises AttributeError for one that is no export.
    """

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(modules[name]), name)

    return get
