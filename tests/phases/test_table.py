from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import UsageError
from recipebatch.phases import Phase, select_phases

if TYPE_CHECKING:
    from collections.abc import Iterable


def names(phases: Iterable[Phase]) -> tuple[str, ...]:
    return tuple(phase.name for phase in phases)


def test_without_options_all_phases_run() -> None:
    assert names(select_phases()) == (
        "stage",
        "provision",
        "submit",
        "watch",
        "collect",
        "purge",
    )


def test_from_and_to_cut_the_phases() -> None:
    assert names(select_phases(first="submit", last="collect")) == ("submit", "watch", "collect")


def test_only_keeps_the_order_of_the_phases() -> None:
    assert names(select_phases(only=("watch", "stage"))) == ("stage", "watch")


@pytest.mark.parametrize(
    ("first", "last", "only", "words"),
    [
        ("sumbit", None, (), "there is no phase 'sumbit'"),
        (None, None, ("colect",), "there is no phase 'colect'"),
        ("watch", "stage", (), "--from watch comes after --to stage"),
        ("watch", None, ("stage",), "--only cannot be combined"),
    ],
)
def test_phases_that_do_not_fit_are_an_error(
    first: str | None, last: str | None, only: tuple[str, ...], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        select_phases(first=first, last=last, only=only)
