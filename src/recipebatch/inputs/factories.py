"""Custom task factories: functions of installed packages that give a loop its items.

A package offers one by an entry point of the group `recipebatch.factories`. The function is called once, when a run
begins, as `function(folder, **arguments)` with the folder of the recipe file and the arguments that the recipe gives,
and answers JSON values. They are kept with the run: continuing it needs neither the package nor permission to run
its code.
"""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipebatch.errors import InvalidRecipeError, SourcePosition, fail_at
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary.reserved_characters import has_mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.metadata import EntryPoint
    from pathlib import Path

GROUP = "recipebatch.factories"
MAX_ITEMS = 1_000_000
"""Items of one loop; more is a mistake."""

MAX_ITEM_BYTES = 64 * 1024 * 1024
"""All of them as JSON; they are kept with the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredItems:
    """A custom factory that a task template loops over, and its arguments."""

    name: str
    arguments: Mapping[str, Any]
    at: SourcePosition

    @property
    def key(self) -> str:
        """Equal for equal calls."""
        return json.dumps([self.name, self.arguments], sort_keys=True, ensure_ascii=True)


def refused_everywhere(name: str, folder: Path) -> str | None:
    """The rule when no factories are allowed explicitly."""
    return f"{name} may not run here: {folder}"


def items_of(required: RequiredItems, folder: Path, refusal: Callable[[str, Path], str | None]) -> list[Any]:
    """Call a factory.

    Args:
        required: which, and its arguments.
        folder: of the recipe file that names it.
        refusal: why a factory must not run for a recipe of a folder, or None.

    Raises:
        InvalidRecipeError: it is not installed, may not run, does not take these arguments, fails, or its answer is
            not a list of JSON values.
    """
    point = _entry_point(required)
    why = refusal(required.name, folder)
    if why is not None:
        hint = f"if you trust it, allow it: RECIPEBATCH_ALLOW_FACTORIES={required.name}"
        fail_at(required.at, why, "factory-not-allowed", hint)
    function = _function(point, required)
    try:
        signature = inspect.signature(function)
    except ValueError:  # some of Python's own functions have none: the call itself reports wrong arguments
        signature = None
    try:
        if signature is not None:
            signature.bind(folder, **required.arguments)
    except TypeError as error:
        fail_at(required.at, f"the factory {required.name} does not take these arguments: {error}", "factory-failed")
    try:
        found = list(_bounded(function(folder, **required.arguments), required))
    except InvalidRecipeError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a user's function raises is reported as its error
        message = f"the factory {required.name} failed: {type(error).__name__}: {error}"
        fail_at(required.at, message, "factory-failed")
    return _as_json(found, required)


def _entry_point(required: RequiredItems) -> EntryPoint:
    from importlib.metadata import entry_points  # here, not above: only recipes with a factory pay

    known = {point.name: point for point in entry_points(group=GROUP)}
    if required.name not in known:
        hint = did_you_mean(required.name, known) or "packages provide factories through the entry point group " + GROUP
        fail_at(required.at, f"no installed package has the factory {required.name}", "unknown-factory", hint)
    return known[required.name]


def _function(point: EntryPoint, required: RequiredItems) -> Callable[..., Any]:
    try:
        function: Callable[..., Any] = point.load()
    except Exception as error:  # noqa: BLE001 - whatever importing a user's package raises is reported as its error
        message = f"the factory {required.name} cannot be loaded: {type(error).__name__}: {error}"
        fail_at(required.at, message, "factory-failed")
    if not callable(function):
        fail_at(required.at, f"the factory {required.name} is not a function: {point.value}", "factory-failed")
    return function


def _bounded(values: Any, required: RequiredItems) -> Any:
    for number, value in enumerate(values):
        if number == MAX_ITEMS:
            fail_at(required.at, f"the factory {required.name} returns more than {MAX_ITEMS:,} items", "too-many-tasks")
        yield value


def _as_json(found: list[Any], required: RequiredItems) -> list[Any]:
    """The items as a JSON parser gives them back, so that a continued run sees what the first saw."""
    try:
        text = json.dumps(found, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        fail_at(required.at, f"the factory {required.name} returns a value that is not JSON: {error}", "factory-failed")
    if len(text) > MAX_ITEM_BYTES:
        message = f"the factory {required.name} returns {len(text):,} characters of JSON; at most {MAX_ITEM_BYTES:,}"
        fail_at(required.at, message, "too-many-tasks")
    if has_mark(text) or "\\u0000" in text:
        message = f"the factory {required.name} returns a reserved character (U+E000, U+E001 or NUL)"
        fail_at(required.at, message, "reserved-character")
    items: list[Any] = json.loads(text)
    return items
