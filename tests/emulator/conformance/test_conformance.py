"""The emulator answers as the recorded service did, except where `known_disagreements.json` says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from emulator.conformance.page import PAGE, figures, page, table
from emulator.conformance.report import known, made_blobs, recorded_emulator
from emulator.conformance.suite import run

if TYPE_CHECKING:
    from emulator.conformance.suite import Result

    from recipebatch.local.azurite.azurite import Azurite


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, azurite: Azurite) -> Result:
    """One run of everything."""
    root = tmp_path_factory.mktemp("conformance") / "emulator"
    with recorded_emulator(root, azurite.connection_string) as emulator:
        found = run(emulator.new_account, made_blobs(azurite.connection_string))
    print(figures(found), table(found), sep="\n")  # noqa: T201  shown with -s, and when a test fails
    for where, what in sorted(found.disagreements.items()):
        print(f"- {where}\n    {what}")  # noqa: T201
    return found


def test_nothing_disagrees_that_is_not_known(result: Result) -> None:
    new = {where: what for where, what in result.disagreements.items() if where not in known()}
    assert not new


def test_what_is_known_to_disagree_still_does(result: Result) -> None:
    assert not known().keys() - result.disagreements.keys()


def test_every_known_disagreement_has_a_reason() -> None:
    assert not [where for where, reason in known().items() if not reason.strip()]


def test_every_kind_of_recorded_answer_is_covered(result: Result) -> None:
    assert all(part.cases for part in result.parts)


def test_the_documentation_page_shows_the_results_of_the_suite(result: Result) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(result, known())
