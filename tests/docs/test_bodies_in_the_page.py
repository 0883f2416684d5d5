"""docs/emulator.md names every property that is shown again without effect, and every one that is refused."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol.schemas import SCHEMAS, machine
from recipebatch.emulator.protocol.validation import ObjectSchema, Property
from recipebatch.emulator.protocol.versions import NEWEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = Path(__file__).resolve().parents[2] / "docs" / "emulator.md"
ECHOED, REFUSED, END = "<!-- echoed -->", "<!-- refused -->", "<!-- end -->"


def rules(rule: Callable[..., Any], seen: set[int]) -> Iterator[Callable[..., Any]]:
    """A rule and those it is made of."""
    if id(rule) in seen:
        return
    seen.add(id(rule))
    yield rule
    inner: list[Any] = [cell.cell_contents for cell in getattr(rule, "__closure__", None) or ()]
    if isinstance(rule, ObjectSchema):
        inner = [each.rule for each in rule.properties.values()]
    for each in inner:
        if callable(each) and (
            isinstance(each, ObjectSchema) or getattr(each, "__module__", "").startswith("recipebatch")
        ):
            yield from rules(each, seen)


def reason(found: Property) -> str | None:
    """Why a property is refused; None if it is not."""
    for rule in rules(found.rule, set()):
        if isinstance(rule, ObjectSchema):
            return None
        if rule.__qualname__.startswith("refused."):
            cells = dict(zip(rule.__code__.co_freevars, rule.__closure__ or (), strict=True))
            return cells["reason"].cell_contents or "not implemented by this emulator"
    return "Only marketplace images are implemented by this emulator" if found.rule is machine.gallery_image else None


def listed() -> tuple[str, str]:
    """The two lists of the page, of the newest api-version and what only the older ones have."""
    echoed: dict[str, set[str]] = defaultdict(set)
    refused: dict[str, set[str]] = defaultdict(set)
    for schema in SCHEMAS:
        for name, found in schema.properties.items():
            old = "" if found.versions is None or NEWEST in found.versions else " (older versions)"
            label = f"`{schema.type_name}.{name}`{old}"
            if (why := reason(found)) is not None:
                refused[why].add(label)
            elif found.echo is not None:
                echoed[found.echo].add(label)
    return lines(echoed), lines(refused)


def lines(found: dict[str, set[str]]) -> str:
    """One for each reason."""
    ordered = sorted(found.items(), key=lambda entry: min(entry[1]))
    return "\n".join(f"* {', '.join(sorted(names))}: {why}." for why, names in ordered)


def test_the_page_names_all_that_has_no_effect_and_all_that_is_refused() -> None:
    page = PAGE.read_text(encoding="utf-8")
    echoed, refused = listed()
    assert page.partition(ECHOED + "\n")[2].partition("\n" + END)[0] == echoed
    assert page.partition(REFUSED + "\n")[2].partition("\n" + END)[0] == refused
