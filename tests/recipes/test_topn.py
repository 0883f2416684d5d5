"""The bundled recipe, for real: its outputs against a count made by other means, and nothing left behind."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

import pytest

from recipebatch import bundled_files
from recipebatch.text.sizes import size_text

if TYPE_CHECKING:
    from pathlib import Path

    from command import Cli

RECIPE = bundled_files.recipes()["topn"]
TEXTS = sorted((RECIPE.parent / "topn").glob("taskdata*.txt"))
PHASES = ("stage", "provision", "submit", "watch", "collect", "purge")


def counted(text: Path, how_many: int) -> list[tuple[str, int]]:
    """The most frequent words: by a sort of all words and the lengths of equal runs, not by a dictionary of counts."""
    edges = re.escape(string.punctuation)
    bare = re.compile(rf"^[{edges}\u2010-\u2027\u2030-\u205e]+|[{edges}\u2010-\u2027\u2030-\u205e]+$")
    words = [word for word in (bare.sub("", part) for part in text.read_text(encoding="utf-8").split()) if word]
    distinct = sorted(set(words), key=words.index)
    ordered = sorted(words)
    frequencies = [(word, ordered.count(word)) for word in distinct]
    return sorted(frequencies, key=lambda pair: -pair[1])[:how_many]


def check_output(folder: Path, text: Path, how_many: int) -> None:
    lines = (folder / f"{text.stem}_OUTPUT.txt").read_text(encoding="utf-8").splitlines()
    assert text.name in lines[0]
    pairs = [line.rpartition(": ") for line in lines[1 : 1 + how_many]]
    assert [(word, int(count)) for word, _, count in pairs] == counted(text, how_many)
    assert set(lines[1 + how_many]) == {"-"}
    ids = dict(line.split(": ") for line in lines[2 + how_many :])
    assert set(ids) == {"Node", "Task", "Job", "Pool"}
    assert ids["Node"].startswith("tvmps_")
    assert re.fullmatch(r"topNtask\d", ids["Task"])


def left_in(cli: Cli, run: str) -> list[str]:
    """What of a run the services still hold, seen with the public SDKs."""
    from azure.batch import BatchClient
    from azure.core.credentials import AzureNamedKeyCredential
    from azure.storage.blob import BlobServiceClient

    values = cli.account()
    credential = AzureNamedKeyCredential(values["AZURE_BATCH_ACCOUNT"], values["AZURE_BATCH_ACCESS_KEY"])
    with (
        BatchClient(values["AZURE_BATCH_ENDPOINT"], credential) as batch,
        BlobServiceClient.from_connection_string(values["AZURE_STORAGE_CONNECTION_STRING"]) as blobs,
    ):
        names = [pool.id for pool in batch.list_pools()]
        names += [job.id for job in batch.list_jobs()]
        names += [container.name for container in blobs.list_containers()]
    return [name for name in names if run in name]


def test_the_texts_are_three_of_some_size_with_different_vocabularies() -> None:
    assert [text.name for text in TEXTS] == ["taskdata1.txt", "taskdata2.txt", "taskdata3.txt"]
    assert all(text.stat().st_size > 15_000 for text in TEXTS)
    vocabularies = [{word.lower() for word in re.findall(r"\w+", text.read_text())} for text in TEXTS]
    for first in range(3):
        for second in range(first):
            shared = vocabularies[first] & vocabularies[second]
            assert len(shared) < 0.5 * min(len(vocabularies[first]), len(vocabularies[second]))


@pytest.mark.parametrize("how_many", [3, 5])
def test_apply_gives_the_counts_and_leaves_nothing(how_many: int, cli: Cli, tmp_path: Path) -> None:
    report = cli.json("apply", "builtin:topn", "-p", f"words={how_many}", cwd=tmp_path)
    assert report["verdict"] == "succeeded"
    assert [phase["phase"] for phase in report["phases"]] == list(PHASES)
    for text in TEXTS:
        check_output(tmp_path / "topn-output", text, how_many)
    assert left_in(cli, report["run"]) == []


def test_six_processes_one_after_the_other_each_twice_give_the_same(cli: Cli, tmp_path: Path) -> None:
    run = cli.json("stage", RECIPE, "--new", cwd=tmp_path)["run"]
    for phase in PHASES:
        for turn in range(2):
            report = cli.json(phase, RECIPE, cwd=tmp_path)
            assert report["run"] == run
            steps = report["phases"][0]["steps"]
            if turn:
                idle = {"unchanged", "kept", "watched", "absent"}
                assert {step["action"] for step in steps} <= idle, (phase, steps)
        if phase == "purge":
            assert left_in(cli, run) == []
        else:
            assert left_in(cli, run) != []
    for text in TEXTS:
        check_output(tmp_path / "topn-output", text, 3)


def test_a_phase_can_be_run_from_another_folder_that_knows_only_the_run(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "third").mkdir()
    run = cli.json("stage", "builtin:topn", "--new", cwd=tmp_path)["run"]
    for phase in ("provision", "submit", "watch"):
        cli.json(phase, "--run", run, cwd=tmp_path / "elsewhere")
    cli.json("collect", "--run", run, cwd=tmp_path / "third")
    check_output(tmp_path / "third" / "topn-output", TEXTS[0], 3)
    cli.json("purge", "--run", run, "--yes", cwd=tmp_path)
    assert left_in(cli, run) == []


def test_the_plan_shows_every_task_with_its_command_line_and_makes_nothing(cli: Cli, tmp_path: Path) -> None:
    before = cli.json("runs", cwd=tmp_path)["runs"]
    done = cli("plan", "builtin:topn", "-p", "words=5", cwd=tmp_path)
    assert done.returncode == 0
    assert f"    + topn × {len(TEXTS)}: {TEXTS[0].name} … {TEXTS[-1].name} · 15 min each" in done.stdout
    every = cli("plan", "builtin:topn", "-p", "words=5", "--tasks", cwd=tmp_path).stdout
    for number, text in enumerate(TEXTS):
        assert f"task topNtask{number} · " in every
        assert f"--filepath {text.name} --numwords 5" in every
        assert f" + {text.name} · {size_text(text.stat().st_size)} · " in every
    assert "OUTPUT_SAS_TOKEN=***" in done.stdout
    plan = cli.json("plan", "builtin:topn", cwd=tmp_path)["plan"]
    assert [task["id"] for task in plan["jobs"][0]["tasks"]] == ["topNtask0", "topNtask1", "topNtask2"]
    assert cli.json("runs", cwd=tmp_path)["runs"] == before
