"""Two runs compared, on a record store in memory; and which two are meant."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from in_memory_run import NOW, RECORD

from recipebatch import api, execution
from recipebatch.errors import UsageError
from recipebatch.phases import status_of
from recipebatch.runs import RunRecord, RunSummary, TaskHistory, TaskRecord
from recipebatch.runs.summary import summary_from_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "schema_version: 1\nname: r\ntasks: [{name: a, command_line: /bin/true}]\n"
FIRST = replace(
    RECORD,
    recipe_text=TEXT,
    parameters={"n": 1},
    inputs={"files": {"out": [{"blob": "a.txt", "source": "/a.txt", "size": 1}]}, "tables": {}},
)
SECOND = replace(
    FIRST,
    run_id="r2",
    parameters={"n": 2},
    inputs={
        "files": {"out": [{"blob": name, "source": f"/{name}", "size": 2} for name in ("a.txt", "b.txt")]},
        "tables": {},
    },
    verdict="failed",
)
TASK = TaskRecord(job="main", job_id="j", task_id="a", state="completed", exit_code=0)


@dataclass
class Store:
    """A `RunStore` with some records."""

    records: dict[str, RunRecord]
    histories: dict[str, TaskHistory] = field(default_factory=dict)
    owner: str = "me"

    def load(self, run_id: str) -> RunRecord:
        if run_id not in self.records:
            raise UsageError(f"there is no run {run_id}")
        return self.records[run_id]

    def summaries(self) -> tuple[RunSummary, ...]:
        return tuple(
            summary_from_metadata(each.run_id, each.to_metadata(status_of(each))) for each in self.records.values()
        )

    def own(self, _name: str) -> tuple[RunSummary, ...]:
        return tuple(run for run in reversed(self.summaries()) if run.owner == self.owner)

    def task_history(self, run_id: str) -> TaskHistory:
        return self.histories.get(run_id, TaskHistory())


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    found = Store({"r1": FIRST, "r2": SECOND})

    @contextmanager
    def account_services(_account: str | None, _progress: object) -> Iterator[Any]:
        nothing = SimpleNamespace(list_labeled=lambda _mark: (), account_name="one")
        yield SimpleNamespace(store=found, batch=nothing, blobs=nothing)

    monkeypatch.setattr(execution, "account_services", account_services, raising=False)
    return found


@pytest.mark.usefixtures("store")
def test_a_run_compared_with_itself_has_no_difference() -> None:
    found = api.compare_runs("r1", "r1")
    assert (found.recipe, found.parameters, found.outcome, found.is_none) == ("", {}, {}, True)
    assert found.files == {"added": [], "removed": [], "changed": []}


@pytest.mark.usefixtures("store")
def test_two_runs_differ_in_parameters_files_and_outcome() -> None:
    found = api.compare_runs("r1", "r2")
    assert (found.parameters, found.outcome) == ({"n": [1, 2]}, {"verdict": ["unknown", "failed"]})
    assert found.files == {"added": ["out/b.txt"], "removed": [], "changed": ["out/a.txt"]}
    assert (found.runs, found.is_none) == (("r1", "r2"), False)


def test_the_recipes_of_two_runs_are_compared_as_a_diff(store: Store) -> None:
    store.records["r2"] = replace(FIRST, run_id="r2", recipe_text=TEXT.replace("/bin/true", "/bin/false"))
    assert api.compare_runs("r1", "r2").recipe.splitlines()[-2:] == [
        "-tasks: [{name: a, command_line: /bin/true}]",
        "+tasks: [{name: a, command_line: /bin/false}]",
    ]


def test_which_tasks_fail_now_is_told(store: Store) -> None:
    failed = replace(TASK, exit_code=3, cause="exit_code")
    store.histories = {"r1": TaskHistory().with_seen([TASK], NOW), "r2": TaskHistory().with_seen([failed], NOW)}
    assert [task.task_id for task in api.compare_runs("r1", "r2").tasks.failed] == ["a"]


def test_a_single_run_or_none_is_compared_with_the_one_of_the_same_recipe_before_it(store: Store) -> None:
    store.records["r3"] = replace(FIRST, run_id="r3", recipe_name="other")
    store.records["r4"] = replace(FIRST, run_id="r4", owner="you")
    store.records["r5"] = replace(FIRST, run_id="r5")
    assert api.compare_runs("r2").runs == ("r1", "r2")
    assert api.compare_runs().runs == ("r2", "r5")
    with pytest.raises(UsageError, match="there are no two runs of recipe r up to run r1 to compare"):
        api.compare_runs("r1")


def test_of_a_recipe_its_two_newest_runs_are_compared(store: Store) -> None:
    store.records["r3"] = replace(FIRST, run_id="r3", recipe_folder="/elsewhere")
    recipe: Any = SimpleNamespace(checked=SimpleNamespace(name="r", source="/recipes/r.yaml"))
    assert api.compare_runs(recipe=recipe).runs == ("r1", "r2")
    with pytest.raises(UsageError, match="name either a recipe or runs"):
        api.compare_runs("r1", recipe=recipe)
    with pytest.raises(UsageError, match="there is no run r9"):
        api.compare_runs("r1", "r9")
