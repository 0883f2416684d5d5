"""Collected files stay in their folder, for all blob names and existing links."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

TEXT = """
storage:
  one:
    uploads:
      - {content: file, blob: a}
      - {content: in a folder, blob: a/b.txt}
      - {content: outside, blob: '.%2e/..%2fup.txt'}
      - {content: linked, blob: link/c.txt}
  two:
    uploads: [{content: another file, blob: a/b.txt}]
tasks:
  - name: t
    for_each: {items: [x, y]}
    commands: ['echo ${{ item }} > ${{ item }}.txt']
    output_files: [{file_pattern: '*.txt', container: two, path: 'of/${{ item }}'}]
collect: [{container: one, into: results}, {container: two, into: COLLECTED}]
purge: never
"""


def test_a_run_whose_results_could_not_be_written_makes_nothing(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    text = "storage: {out: {}}\ntasks: [{name: t, commands: [echo hi]}]\ncollect: [{container: out, into: got}]\n"
    recipe = write_recipe("unwritable", text)
    (tmp_path / "got").write_text("in the way", encoding="utf-8")
    report = cli.json("apply", recipe, cwd=tmp_path, exit_code=4)
    assert report["error"]["code"] == "cannot-write"
    assert "got: 'got' is not a directory" in report["error"]["message"]
    assert not [run for run in cli.json("runs", cwd=tmp_path)["runs"] if run["recipe"] == "unwritable"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["got", "unwritable.yaml"]
    # Without the phase collect nothing is written.
    report = cli.json("apply", recipe, "--to", "stage", cwd=tmp_path)
    cli.json("apply", recipe, cwd=tmp_path, exit_code=4)
    [run] = [run for run in cli.json("runs", cwd=tmp_path)["runs"] if run["recipe"] == "unwritable"]
    assert (run["run_id"], run["status"]) == (report["run"], "stage done")
    cli("purge", "--run", report["run"], "--yes", cwd=tmp_path)


def test_names_links_and_other_containers_do_not_lead_out_of_the_folder(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    away.mkdir()
    (home / "results").mkdir(parents=True)
    (home / "results" / "link").symlink_to(away)
    recipe = write_recipe("keeps", TEXT.replace("COLLECTED", "other"))
    done = cli("apply", recipe, cwd=home)
    assert done.returncode == 4
    assert "link/c.txt: a link in its path leads out of" in done.stderr
    assert list(away.iterdir()) == []

    (home / "results" / "link").unlink()
    shutil.rmtree(home / "other")
    (home / "other").symlink_to(away)
    done = cli("collect", recipe, cwd=home)
    assert "other: a link in its path leads out of" in done.stderr
    assert list(away.iterdir()) == []

    (home / "other").unlink()
    done = cli("collect", recipe, cwd=home)
    assert done.returncode == 0, done.stderr
    assert "1 file has another name here than" in done.stdout
    results = home / "results"
    files = json.loads((results / "recipebatch-manifest.json").read_text())["files"]
    assert {entry["blob"] for entry in files.values()} == {"a", "a/b.txt", ".%2e/..%2fup.txt", "link/c.txt"}
    (moved,) = (name for name, entry in files.items() if entry["blob"] == "a")
    assert (results / moved).read_text() == "file"
    assert (results / "a" / "b.txt").read_text() == "in a folder"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["away", "home", "keeps.yaml"]
    others = json.loads((home / "other" / "recipebatch-manifest.json").read_text())["files"]
    assert {name: entry.get("task") for name, entry in others.items()} == {
        "a/b.txt": None,
        "of/x/x.txt": "t-0",
        "of/y/y.txt": "t-1",
    }
    assert cli("purge", recipe, "--yes", cwd=home).returncode == 0


def test_two_containers_do_not_overwrite_each_others_files(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("twice", TEXT.replace("COLLECTED", "results"))
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 4
    assert "a/b.txt was collected from another container of the same run" in done.stderr
    assert (tmp_path / "results" / "a" / "b.txt").read_text() == "in a folder"
    assert cli("purge", recipe, "--force", "--yes", cwd=tmp_path).returncode == 0


def test_names_that_the_disk_can_have_come_back_as_they_are_and_nothing_is_said_of_them(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    names = ["%41.csv", "100%.csv", "2024-01-01T12:00:00.csv", "aux.csv"]
    recipe = write_recipe(
        "colons",
        "storage: {out: {}}\n"
        "tasks:\n"
        "  - name: t\n"
        f"    commands: ['touch {' '.join(names)}']\n"
        "    output_files: [{file_pattern: '*.csv', container: out, path: r}]\n"
        "collect: [{container: out, into: got}, {task_files: [stdout.txt], into: logs}]\npurge: always\n",
    )
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "got" / "r").iterdir()) == names
    assert (tmp_path / "logs" / "t" / "stdout.txt").exists()
    assert "another name" not in done.stdout
    assert "other names" not in done.stdout
