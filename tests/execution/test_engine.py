"""One apply on the real local account: how often it parses, resolves, and opens what it works with."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from azure.storage.blob import BlobServiceClient

from recipebatch import Recipe, api, execution, plan, service
from recipebatch.errors import UsageError
from recipebatch.execution import RetrySelector, RunSelector, Work
from recipebatch.phases import COLLECT, PHASES, PROVISION, PURGE, STAGE, WATCH
from recipebatch.recipe.parser import recipe as parser
from recipebatch.service.azure import batch_client, blob_client

if TYPE_CHECKING:
    from pathlib import Path

    from command import Cli

RECIPE = """\
schema_version: 1
name: counted
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1}
storage:
  input: {uploads: [{source: a.txt}]}
  output: {}
tasks:
  - name: copy
    for_each: {files: {container: input}}
    commands: ['cat a.txt > b.txt']
    resource_files: [{container: input, blob: a.txt}]
    output_files: [{file_pattern: b.txt, container: output}]
collect: [{container: output, into: out}]
purge: always
"""


class Calls:
    """Counts the calls of functions and the instances of classes, which work as before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count: Counter[str] = Counter()
        self._monkeypatch = monkeypatch

    def watch(self, name: str, owner: Any, attribute: str) -> None:
        original = getattr(owner, attribute)

        def counted(*args: Any, **named: Any) -> Any:
            self.count[name] += 1
            return original(*args, **named)

        self._monkeypatch.setattr(owner, attribute, counted)


def test_one_apply_parses_once_resolves_twice_and_opens_every_service_once(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in cli.environ.items():
        if name.startswith("RECIPEBATCH_"):
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("words\n", encoding="utf-8")
    (tmp_path / "counted.yaml").write_text(RECIPE, encoding="utf-8")
    calls = Calls(monkeypatch)
    # Every way to a recipe ends in the parser's reading of its pool, once a recipe.
    calls.watch("parse", parser, "pool")
    calls.watch("resolve", plan, "resolve")
    calls.watch("signed access", service.SignedAccess, "__init__")
    calls.watch("batch", batch_client.AzureBatch, "__init__")
    calls.watch("storage", blob_client.AzureBlobs, "__init__")

    report = Recipe.load("counted.yaml").apply(account="local")

    assert [phase.phase for phase in report.phases] == [phase.name for phase in PHASES]
    assert report.exit_code == 0
    assert (tmp_path / "out" / "b.txt").read_text(encoding="utf-8") == "words\n"
    # The second plan is that of the blobs which the tasks are made from.
    assert calls.count == {"parse": 1, "resolve": 2, "signed access": 1, "batch": 1, "storage": 1}


def test_a_run_is_selected_by_a_recipe_or_by_an_id() -> None:
    with pytest.raises(UsageError, match="name either a recipe or a run"):
        RunSelector()
    with pytest.raises(UsageError, match="-p and --new cannot be used with it"):
        RunSelector(run_id="r", new=True)
    assert RunSelector(run_id="r").given == {}


def test_a_cause_must_be_one_of_the_vocabulary() -> None:
    assert RetrySelector(causes=("exit_code", "node")).tasks == ()
    with pytest.raises(UsageError, match="there is no cause 'exitcode'"):
        RetrySelector(causes=("exitcode",))


def test_only_a_single_phase_that_reads_takes_no_lock() -> None:
    assert [phase.name for phase in PHASES if not Work(command="", phases=(phase,), single=True).takes_lock] == [
        "watch",
        "collect",
    ]
    assert Work(command="apply", phases=(WATCH, COLLECT)).takes_lock


def test_only_work_with_the_first_phase_starts_a_run() -> None:
    assert Work(command="apply", phases=(STAGE, PROVISION)).starts_run
    assert not Work(command="apply", phases=(PROVISION, PURGE)).starts_run
    assert not Work(command="retry", phases=PHASES, retry=RetrySelector()).starts_run


def test_what_changes_a_run_asks_about_one_of_another_owner() -> None:
    single = {str(phase): Work(command=str(phase), phases=(phase,), single=True).changes_for_others for phase in PHASES}
    assert [name for name, asks in single.items() if not asks] == ["watch", "collect"]
    assert Work(command="resume", phases=PHASES).changes_for_others
    assert Work(command="retry", phases=(WATCH,), retry=RetrySelector()).changes_for_others


def test_every_face_of_the_api_goes_through_one_function(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, tuple[str, ...], bool]] = []

    def run_phases(_selector: RunSelector, work: Work, **_options: Any) -> None:
        asked.append((work.command, tuple(phase.name for phase in work.phases), work.single))

    monkeypatch.setattr(execution, "run_phases", run_phases, raising=False)
    recipe = Recipe.load("builtin:topn")
    recipe.apply(phases=("watch", "stage"))
    api.run_phase("collect", recipe)
    api.retry(run="r", last="watch")
    api.resume("r")
    everything = tuple(phase.name for phase in PHASES)
    assert asked == [
        ("apply", ("stage", "watch"), False),
        ("collect", ("collect",), True),
        ("retry", ("provision", "submit", "watch"), False),
        ("resume", everything, False),
    ]


def test_a_run_that_never_submitted_and_whose_purge_has_started_is_purged_and_another_one_runs(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("words\n", encoding="utf-8")
    (tmp_path / "counted.yaml").write_text(RECIPE.replace("counted", "never-ran"), encoding="utf-8")
    begun = cli("apply", "counted.yaml", "--to", "stage", "--json", cwd=tmp_path)
    first = str(json.loads(begun.stdout)["run"])
    with BlobServiceClient.from_connection_string(cli.account()["AZURE_STORAGE_CONNECTION_STRING"]) as client:
        blob = client.get_blob_client("recipebatch", f"runs/{first}/run.json")
        record = json.loads(blob.download_blob().readall())
        # What a wrong key of the Batch account leaves with `purge: always`.
        failed = {"state": "failed", "at": record["phases"]["stage"]["at"], "summary": "401"}
        record["phases"] |= {"provision": failed, "purge": failed}
        metadata = blob.get_blob_properties().metadata
        blob.upload_blob(json.dumps(record), overwrite=True, metadata=metadata)
        done = cli("apply", "counted.yaml", "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        second = json.loads(done.stdout)
        assert (second["run"] != first, second["verdict"]) == (True, "succeeded")
        assert f"run {first} never submitted its tasks" in done.stderr
        assert not [item.name for item in client.list_containers() if first in item.name]
        resumed = cli("runs", "resume", first, cwd=tmp_path)
        assert resumed.returncode == 1, resumed.stdout + resumed.stderr
        assert f"run {first}: no command saw how its tasks ended" in resumed.stderr
