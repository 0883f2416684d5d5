"""Every field of PhaseOptions has its effect through every function that takes them."""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import pytest
from azure.storage.blob import BlobServiceClient
from waiting import wait_for

from recipebatch import PhaseOptions, Recipe, SecretGrant, api
from recipebatch.errors import UsageError, WaitTimeoutError
from recipebatch.phases.collect.collect import WouldOverwriteError
from recipebatch.phases.collect.sources import NothingFitsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    from recipebatch.report import RunReport

RECIPE = """\
schema_version: 1
name: NAME
pool:
  image: ubuntu-24.04
  vm_size: standard_d2s_v3
  target_dedicated_nodes: 1
  task_slots_per_node: 2
  # A pool of a fixed size is resized at once; a formula can be changed each half minute only.
  resize_timeout: 20m
storage: {output: {retention: P1D}}
tasks:
  - name: fails
    commands: ['exit 1']
  - name: writes
    commands: ['echo a > a.txt', 'echo b > b.txt', 'sleep SECONDS']
    output_files: [{file_pattern: '*.txt', container: output, upload_condition: task_completion}]
collect: [{container: output, into: out}]
purge: PURGE
"""
SECRET = """\
parameters: {token: {type: secret, source: {environment_variable: MY_TOKEN}}}
job: {common_environment_settings: {TOKEN: '${{ secrets.token }}'}}
"""
BEFORE_COLLECT = ("stage", "provision", "submit", "watch")


class Entry(Protocol):
    """A function that runs phases of a run, `last` among them."""

    def __call__(self, case: Case, last: str, options: PhaseOptions) -> RunReport: ...


@dataclasses.dataclass(frozen=True)
class Case:
    """One run, and a folder of its own.

    Attributes:
        name: of the recipe, which no other test has.
        enter: the function that is tested.
    """

    cli: Cli
    folder: Path
    name: str
    enter: Entry

    def begin(self, *, purge: str = "never", seconds: float = 0, phases: tuple[str, ...] = BEFORE_COLLECT) -> RunReport:
        self.write(purge=purge, seconds=seconds)
        return self.recipe.apply(phases=phases)

    def write(self, *, purge: str = "never", seconds: float = 0, more: str = "") -> None:
        text = (RECIPE + more).replace("NAME", self.name).replace("PURGE", purge).replace("SECONDS", f"{seconds:.0f}")
        self.path.write_text(text, encoding="utf-8")

    def run(self, last: str, **fields: object) -> RunReport:
        fields.setdefault("output_dir", self.folder)
        return self.enter(self, last, dataclasses.replace(PhaseOptions(), **fields))  # type: ignore[arg-type]

    @property
    def path(self) -> Path:
        return self.folder / "recipe.yaml"

    @property
    def recipe(self) -> Recipe:
        return Recipe.load(self.path)

    @property
    def run_id(self) -> str:
        return next(run.run_id for run in reversed(api.runs()) if run.recipe == self.name)

    @property
    def collected(self) -> set[str]:
        return {file.name for file in (self.folder / "out").glob("*.txt")}

    def blobs(self) -> BlobServiceClient:
        return BlobServiceClient.from_connection_string(self.cli.account()["AZURE_STORAGE_CONNECTION_STRING"])


def apply(case: Case, last: str, options: PhaseOptions) -> RunReport:
    return case.recipe.apply(phases=(last,), options=options)


def run_phase(case: Case, last: str, options: PhaseOptions) -> RunReport:
    return api.run_phase(last, case.recipe, options=options)


def resume(case: Case, last: str, options: PhaseOptions) -> RunReport:  # noqa: ARG001 - it goes to the end
    return api.resume(case.run_id, options=options)


def retry(case: Case, last: str, options: PhaseOptions) -> RunReport:
    return api.retry(case.recipe, tasks=["fails"], last=last, options=options)


ENTRIES: tuple[Entry, ...] = (apply, run_phase, resume, retry)


def output_dir(case: Case) -> None:
    case.begin()
    case.run("collect", output_dir=case.folder / "elsewhere")
    assert not case.collected
    assert (case.folder / "elsewhere" / "out" / "a.txt").read_text() == "a\n"


def overwrite(case: Case) -> None:
    case.begin()
    mine = case.folder / "out" / "a.txt"
    mine.parent.mkdir()
    mine.write_text("mine\n")
    with pytest.raises(WouldOverwriteError):
        case.run("collect")
    assert mine.read_text() == "mine\n"
    # After the first retry the task has failed once more: it can be tried once more.
    case.run("collect", overwrite=True)
    assert mine.read_text() == "a\n"


def include(case: Case) -> None:
    case.begin()
    with pytest.raises(NothingFitsError):
        case.run("collect", include=("*.csv",))
    case.run("collect", include=("b.*",))
    assert case.collected == {"b.txt"}


def timeout(case: Case) -> None:
    case.begin(seconds=60, phases=("stage", "provision", "submit"))
    wait_for(lambda: bool(api.status(case.recipe).jobs[0].failed), "the task that fails")
    with pytest.raises(WaitTimeoutError, match="1 of 2 tasks unfinished"):
        case.run("watch", timeout=timedelta(seconds=1))


def force(case: Case) -> None:
    case.begin(purge="always")
    report = case.run("purge", force=True)
    steps = {(step.kind, step.action) for step in report.phases[-1].steps}
    assert ("container", "deleted") in steps
    assert not {step for step in steps if step[1] == "kept"}


def secrets(case: Case) -> None:
    case.write(more=SECRET)
    os.environ["MY_TOKEN"] = "of mine"
    given = (SecretGrant(variable="MY_TOKEN"),)
    # A retry needs tasks that failed; the others go on with a run that was started.
    begun = BEFORE_COLLECT if case.enter is retry else ("stage", "provision")
    case.recipe.apply(phases=begun, options=PhaseOptions(secrets=given))
    with pytest.raises(UsageError, match="may not read the environment variable MY_TOKEN"):
        case.run("submit")
    with pytest.raises(UsageError, match="reads no secret from this variable"):
        case.run("submit", secrets=(SecretGrant(variable="MY_TOKENS"),))
    case.run("submit", secrets=given)


def break_lock(case: Case) -> None:
    case.begin()
    with case.blobs() as client:
        holder = {"owner": "her", "host": "elsewhere", "pid": 1, "doing": "apply", "since": "2026-01-01T00:00:00"}
        client.get_blob_client("recipebatch", f"runs/{case.run_id}/holder.json").upload_blob(
            json.dumps(holder), overwrite=True
        )
        client.get_blob_client("recipebatch", f"runs/{case.run_id}/lock").acquire_lease(-1)
    # Without the field, this would wait for the lock and be refused.
    assert case.run("purge", break_lock=True, force=True).phases[-1].phase == "purge"


def confirm(case: Case) -> None:
    case.begin(purge="ask")
    asked: list[str] = []

    def only_jobs(kind: str, _names: tuple[str, ...]) -> bool:
        asked.append(kind)
        return kind == "job"

    report = case.run("purge", confirm=only_jobs, force=True)
    assert asked == ["job", "pool", "container"]
    assert {(step.kind, step.action) for step in report.phases[-1].steps} == {
        ("job", "deleted"),
        ("pool", "kept"),
        ("container", "kept"),
    }


def allow_paths(case: Case) -> None:
    for name in ("first", "second"):
        (case.folder / name).mkdir()
        (case.folder / name / "token").write_text(name)
    recipe = case.folder / "recipe"
    recipe.mkdir()
    text = RECIPE.replace("NAME", case.name).replace("PURGE", "never").replace("SECONDS", "0")
    text = text.replace("- name: fails", "- name: fails\n    environment_settings: {TOKEN: '${{ secrets.token }}'}")
    text += "parameters: {token: {type: secret, source: {file: token}}}\n"
    case.path.symlink_to(recipe / "r.yaml")
    (recipe / "r.yaml").write_text(text, encoding="utf-8")
    (recipe / "token").symlink_to("../first/token")
    phases = BEFORE_COLLECT if case.enter is retry else BEFORE_COLLECT[:2]
    case.recipe.apply(phases=phases, options=PhaseOptions(allow_paths=(case.folder / "first",)))
    # The link leads elsewhere now, which nobody allowed when the run began.
    (recipe / "token").unlink()
    (recipe / "token").symlink_to("../second/token")
    # A retry that is refused has begun, and is not begun twice.
    if case.enter is not retry:
        with pytest.raises(UsageError, match="outside the recipe's folder"):
            case.run("submit")
    case.run("submit", allow_paths=(case.folder / "second",))
    assert api.status(case.recipe).jobs


def choose(case: Case) -> None:
    case.begin()
    case.path.write_text(case.path.read_text().replace("echo a >", "echo changed >"), encoding="utf-8")
    asked: list[tuple[str, ...]] = []

    def going_on(_question: str, answers: tuple[str, ...]) -> str:
        asked.append(answers)
        return "continue"

    # A run that is named by its id goes on with what is recorded.
    if case.enter is not resume:
        with pytest.raises(UsageError, match="has changed since it started"):
            case.run("submit")
    report = case.run("submit", choose=going_on)
    assert report.run_id == case.run_id
    assert asked == ([] if case.enter is resume else [("continue", "cancel")])


CASES: dict[str, Callable[[Case], None]] = {
    each.__name__: each
    for each in (output_dir, overwrite, include, timeout, force, secrets, break_lock, allow_paths, confirm, choose)
}


def yes(_kind: str, _names: tuple[str, ...]) -> bool:
    return True


@pytest.fixture
def account(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The local account of the tests, for the API in this process."""
    for name in [name for name in os.environ if name.startswith(("AZURE_", "RECIPEBATCH_"))]:
        monkeypatch.delenv(name)
    for name, value in cli.environ.items():
        if name.startswith("RECIPEBATCH_"):
            monkeypatch.setenv(name, value)
    return cli


def test_every_field_has_a_case() -> None:
    assert set(CASES) == {field.name for field in dataclasses.fields(PhaseOptions)}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.__name__))
@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(PhaseOptions)])
def test_a_field_has_its_effect_through_every_entry_point(
    account: Cli, tmp_path: Path, field: str, entry: Entry
) -> None:
    name = f"{field}-{entry.__name__}".replace("_", "-")  # type: ignore[attr-defined]
    case = Case(account, tmp_path, name, entry)
    try:
        CASES[field](case)
    finally:
        api.run_phase("purge", run=case.run_id, options=PhaseOptions(force=True, break_lock=True, confirm=yes))


def test_the_parameters_of_a_run_are_not_ignored_where_it_goes_on(account: Cli, tmp_path: Path) -> None:
    case = Case(account, tmp_path, "parameters", run_phase)
    text = RECIPE.replace("schema_version: 1\n", "schema_version: 1\nparameters: {n: {type: integer, default: 1}}\n")
    case.path.write_text(text.replace("NAME", case.name).replace("PURGE", "never").replace("SECONDS", "0"))
    same, other = case.recipe.with_params(n=1), case.recipe.with_params(n=2)
    same.apply(phases=("stage",))
    assert api.run_phase("provision", same).phases[0].phase == "provision"
    calls: list[Callable[[Recipe], object]] = [
        lambda recipe: recipe.apply(phases=("provision",)),
        lambda recipe: api.run_phase("provision", recipe),
        api.retry,
        api.status,
    ]
    for call in calls:
        with pytest.raises(UsageError, match="started with other parameters"):
            call(other)
    without_stage: list[Callable[[], object]] = [
        lambda: same.apply(phases=("provision",), new=True),
        lambda: api.run_phase("provision", same, new=True),
    ]
    for refused in without_stage:
        with pytest.raises(UsageError, match="--new starts a run"):
            refused()
    api.run_phase("purge", same)


def test_a_name_that_is_no_phase_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no phase 'fetch'"):
        api.run_phase("fetch", run="r1")


def test_a_cause_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no cause 'exitcode'"):
        api.retry(run="r1", causes=["exitcode"])


def test_a_run_of_another_owner_is_left_as_it_is_unless_somebody_says_yes(
    account: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(account, tmp_path, "of-another-owner", run_phase)
    run = str(case.begin(phases=("stage",)).run_id)
    monkeypatch.setenv("RECIPEBATCH_OWNER", "somebody")
    asked: list[str] = []

    def answer(question: str, answers: tuple[str, ...]) -> str:
        asked.append(question)
        return answers[0]

    calls: list[Callable[[PhaseOptions], object]] = [
        lambda options: api.pause(run=run, options=options),
        lambda options: api.stop(run=run, options=options),
        lambda options: api.run_phase("purge", run=run, options=options),
        lambda options: api.forget_run(run, choose=options.choose),
    ]
    for call in calls:
        with pytest.raises(UsageError, match=f"run {run} belongs to tester, not to somebody: it is left as it is"):
            call(PhaseOptions())
        call(PhaseOptions(choose=answer, force=True))
    assert asked[0] == f"run {run} of of-another-owner belongs to tester: pause it"
    assert len(asked) == len(calls)


def test_a_recipe_of_the_same_name_in_another_folder_is_another_recipe(account: Cli, tmp_path: Path) -> None:
    cases = [Case(account, tmp_path / name, "two-places", run_phase) for name in ("one", "two")]
    runs = []
    for case in cases:
        case.folder.mkdir()
        case.write()
        with pytest.raises(UsageError, match="there is no run of two-places"):
            api.status(case.recipe)
        runs.append(str(case.begin(phases=("stage",)).run_id))
    assert [api.status(case.recipe).run_id for case in cases] == runs
    for case, run in zip(cases, runs, strict=True):
        assert case.recipe.apply(phases=("stage",)).run_id == run
        assert api.run_phase("purge", case.recipe, options=PhaseOptions(force=True)).run_id == run
