from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.errors import ServiceError, UnreachableError, UsageError
from recipebatch.execution.resources.all_runs import PurgedRun, exit_code_of, purge_runs
from recipebatch.report import PhaseReport
from recipebatch.runs import RunSummary, place_of

if TYPE_CHECKING:
    from collections.abc import Callable


def run(name: str, **changed: Any) -> RunSummary:
    settings = {"recipe": "topn", "owner": "me", "status": "ended", "place": place_of("/recipes/topn.yaml")} | changed
    return RunSummary(run_id=name, created="", verdict="failed", ended=True, digest="", **settings)


def failing(errors: dict[str, Exception]) -> Callable[[str], PhaseReport]:
    """A purge that fails for some runs."""

    def purge(run_id: str) -> PhaseReport:
        if run_id in errors:
            raise errors[run_id]
        return PhaseReport(phase="purge", summary=f"deleted {run_id}")

    return purge


def test_a_run_that_cannot_be_purged_does_not_keep_the_others() -> None:
    errors: dict[str, Exception] = {"r1": UsageError("not collected"), "r2": ServiceError("cannot be read")}
    seen: list[PurgedRun] = []
    results = purge_runs([run("r1"), run("r2"), run("r3")], failing(errors), seen.append)
    assert [result.error.message for result in results if result.error] == ["not collected", "cannot be read"]
    assert [result.report.summary for result in results if result.report] == ["deleted r3"]
    assert list(results) == seen
    assert exit_code_of(results) == UsageError.exit_code
    assert (exit_code_of(results[2:]), exit_code_of(results[1:])) == (0, ServiceError.exit_code)


def test_without_a_service_the_rest_is_not_tried() -> None:
    with pytest.raises(UnreachableError):
        purge_runs([run("r1"), run("r2")], failing({"r1": UnreachableError("no network")}), lambda _result: None)
