from __future__ import annotations

import pytest

from recipebatch.errors import UsageError
from recipebatch.execution.apply import purge_decision, selected
from recipebatch.phases.purge import Seen, decide
from recipebatch.plan.model import PurgeWhen
from recipebatch.report import Verdict
from recipebatch.runs.labels import RUN


def test_without_options_all_phases_run() -> None:
    assert selected(first=None, last=None, only=()) == (
        "stage",
        "provision",
        "submit",
        "watch",
        "collect",
        "purge",
    )


def test_from_and_to_cut_the_phases() -> None:
    assert selected(first="submit", last="collect", only=()) == ("submit", "watch", "collect")


def test_only_keeps_the_order_of_the_phases() -> None:
    assert selected(first=None, last=None, only=("watch", "stage")) == ("stage", "watch")


@pytest.mark.parametrize(
    ("first", "last", "only", "words"),
    [
        ("sumbit", None, (), "there is no phase 'sumbit'"),
        (None, None, ("colect",), "there is no phase 'colect'"),
        ("watch", "stage", (), "--from watch comes after --to stage"),
        ("watch", None, ("stage",), "--only cannot be combined"),
    ],
)
def test_phases_that_do_not_fit_are_said(
    first: str | None, last: str | None, only: tuple[str, ...], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        selected(first=first, last=last, only=only)


@pytest.mark.parametrize(
    ("when", "verdict", "decision"),
    [
        (PurgeWhen.ALWAYS, Verdict.FAILED, "purge"),
        (PurgeWhen.ON_SUCCESS, Verdict.SUCCEEDED, "purge"),
        (PurgeWhen.ON_SUCCESS, Verdict.FAILED, "keep"),
        (PurgeWhen.ON_SUCCESS, Verdict.UNKNOWN, "keep"),
        (PurgeWhen.NEVER, Verdict.SUCCEEDED, "keep"),
        (PurgeWhen.ASK, Verdict.SUCCEEDED, "ask"),
    ],
)
def test_the_recipe_decides_what_is_removed_at_the_end(when: PurgeWhen, verdict: Verdict, decision: str) -> None:
    assert purge_decision(when, verdict) == decision


def test_only_what_bears_the_runs_mark_is_deleted() -> None:
    assert decide(None, "r1") == "absent"
    assert decide(Seen({RUN: "r1"}), "r1") == "deleted"
    assert decide(Seen({RUN: "r2"}), "r1") == "kept"
    assert decide(Seen({}), "r1") == "kept"
