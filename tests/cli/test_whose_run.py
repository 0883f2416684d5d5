"""Runs are found by owner, name and the place that a recipe comes from; a recipe that changed is not continued."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from azure.storage.blob import BlobServiceClient
from command import COMMAND
from pseudo_terminal import on_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from subprocess import CompletedProcess

    from command import Cli

TEXT = """\
schema_version: 1
name: NAME
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1}
storage: {input: {uploads: [a.txt]}, output: {}}
tasks:
  - name: copy
    resource_files: [input]
    commands: ['cat a.txt > b.txt']  # a comment
    output_files: [{file_pattern: b.txt, container: output}]
collect: [{container: output, into: out}]
purge: never
"""


def folder(parent: Path, name: str, *, recipe: str, content: str, file: str = "r.yaml", text: str = TEXT) -> Path:
    found = parent / name
    found.mkdir(parents=True)
    (found / file).write_text(text.replace("NAME", recipe), encoding="utf-8")
    (found / "a.txt").write_text(content, encoding="utf-8")
    return found


def run_of(done: CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["run"])


def started(cli: Cli, place: Path, *arguments: str, recipe: str = "r.yaml") -> str:
    return run_of(cli("apply", recipe, *arguments, "--json", cwd=place))


def purged(cli: Cli, *runs: str) -> None:
    for run in runs:
        done = cli("purge", "--run", run, "--force", "--yes")
        assert done.returncode == 0, done.stderr


def asked(
    cli: Cli, *arguments: str, typed: str, cwd: Path, environ: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Exit code and all that a terminal shows of a command whose questions get these answers."""
    shown = on_terminal(
        [*COMMAND, *arguments], environ={**cli.environ, **(environ or {})}, cwd=cwd, typed=typed.encode(), columns=500
    )
    cli.printed.append(shown.text)
    return shown.returncode, shown.text


def test_another_folder_with_a_recipe_of_the_same_name_has_runs_of_its_own(cli: Cli, tmp_path: Path) -> None:
    one = folder(tmp_path, "one", recipe="same", content="one\n")
    two = folder(tmp_path, "two", recipe="same", content="two\n")
    first = started(cli, one, "--to", "watch")
    for arguments in (("status",), ("watch",), ("logs",), ("stop",), ("pause",), ("unpause",), ("retry",), ("submit",)):
        refused = cli(*arguments, "r.yaml", cwd=two)
        assert refused.returncode == 2, (arguments, refused.stdout, refused.stderr)
        assert f"of same of {two / 'r.yaml'} by tester in this account" in refused.stderr, arguments
        assert f"{first} (watch done) of {one / 'r.yaml'}; --run ID uses one of them" in refused.stderr, arguments
    nothing = cli("purge", "r.yaml", "--force", "--yes", cwd=two)
    assert first in nothing.stderr
    assert nothing.returncode == 0, nothing.stderr
    refused = cli("collect", "r.yaml", cwd=two)
    assert (refused.returncode, (two / "out").exists()) == (2, False), refused.stderr

    begun = cli("apply", "r.yaml", "--json", cwd=two)
    second = run_of(begun)
    assert second != first
    assert f"unfinished runs of recipes elsewhere are named same too: {first} (watch done) of {one}" in begun.stderr
    assert (two / "out" / "b.txt").read_text() == "two\n"
    assert cli.json("status", "r.yaml", cwd=two)["run"]["run_id"] == second
    # And the other way round.
    continued = cli("apply", "r.yaml", "--json", cwd=one)
    assert run_of(continued) == first
    assert (one / "out" / "b.txt").read_text() == "one\n"
    shown = cli("status", one / "r.yaml", cwd=two)
    assert first in shown.stdout
    assert f"other runs are named same too, of recipes elsewhere: {second} (" in shown.stderr
    deleted = cli("purge", "r.yaml", "--force", "--yes", cwd=one)
    assert (deleted.returncode, f"run {first} of same" in deleted.stderr) == (0, True), deleted.stderr
    assert cli.json("status", "r.yaml", cwd=two)["run"]["status"] != "purged"
    purged(cli, second)


def test_a_recipe_is_the_same_by_every_way_to_its_file(cli: Cli, tmp_path: Path) -> None:
    place = folder(tmp_path, "place", recipe="ways", content="one\n")
    (tmp_path / "link.yaml").symlink_to(place / "r.yaml")
    (tmp_path / "folder").symlink_to(place)
    (tmp_path / "elsewhere").mkdir()
    run = started(cli, place, "--to", "stage")
    for way in (place / "r.yaml", "place/r.yaml", "link.yaml", "folder/r.yaml", "elsewhere/../place/r.yaml"):
        assert cli.json("status", way, cwd=tmp_path)["run"]["run_id"] == run, way
    continued = cli("stage", "../place/r.yaml", cwd=tmp_path / "elsewhere")
    assert f"continuing run {run}" in continued.stderr
    purged(cli, run)


def test_two_recipes_of_one_folder_with_the_same_name_have_runs_of_their_own(cli: Cli, tmp_path: Path) -> None:
    place = folder(tmp_path, "place", recipe="twins", content="one\n")
    (place / "s.yaml").write_text((place / "r.yaml").read_text(), encoding="utf-8")
    first = started(cli, place, "--to", "stage")
    second = started(cli, place, "--to", "stage", recipe="s.yaml")
    assert first != second
    assert cli.json("status", "r.yaml", cwd=place)["run"]["run_id"] == first
    assert cli.json("status", "s.yaml", cwd=place)["run"]["run_id"] == second
    purged(cli, first, second)


@pytest.mark.parametrize("to", ["stage", "watch"])
def test_a_folder_that_was_moved_continues_its_run_with_the_files_that_it_has_there(
    cli: Cli, tmp_path: Path, to: str
) -> None:
    before = folder(tmp_path, "before", recipe=f"moves-{to}", content="one\n")
    run = started(cli, before, "--to", to)
    after = before.rename(tmp_path / "after")
    done = cli("apply", "r.yaml", "--json", cwd=after)
    assert run_of(done) == run
    assert (
        f"run {run} started with this recipe at {before / 'r.yaml'}; it was moved to {after / 'r.yaml'}" in done.stderr
    )
    assert (after / "out" / "b.txt").read_text() == "one\n"
    # From then on it is the run of that place.
    shown = cli("status", "r.yaml", cwd=after)
    assert (run in shown.stdout, "moved" in shown.stderr) == (True, False), shown.stderr
    purged(cli, run)


def test_a_recipe_that_was_moved_before_its_files_were_staged_stages_those_of_its_new_place(
    cli: Cli, tmp_path: Path
) -> None:
    before = folder(tmp_path, "before", recipe="moves-early", content="one\n")
    run = started(cli, before, "--to", "stage")
    after = before.rename(tmp_path / "after")
    account = cli.json("runs", "show", run)["run"]
    container = next(name for name in account["things"]["containers"] if name.endswith("input"))
    with BlobServiceClient.from_connection_string(cli.account()["AZURE_STORAGE_CONNECTION_STRING"]) as client:
        client.delete_container(container)
    done = cli("apply", "r.yaml", "--json", cwd=after)
    assert run_of(done) == run
    assert (after / "out" / "b.txt").read_text() == "one\n"
    resumed = cli("runs", "resume", run, cwd=after)
    assert resumed.returncode == 0, resumed.stderr
    purged(cli, run)


def test_a_copy_of_a_folder_and_a_moved_one_with_other_files_have_runs_of_their_own(cli: Cli, tmp_path: Path) -> None:
    one = folder(tmp_path, "one", recipe="copied", content="one\n")
    first = started(cli, one, "--to", "watch")
    copy = folder(tmp_path, "copy", recipe="copied", content="one\n")
    second = started(cli, copy, "--to", "stage")
    assert second != first
    one.rename(tmp_path / "gone")
    other = folder(tmp_path, "other", recipe="copied", content="two\n")
    third = started(cli, other, "--to", "stage")
    assert third not in {first, second}
    purged(cli, first, second, third)


def test_a_run_that_was_recorded_without_its_place_belongs_to_the_folder_it_was_started_in(
    cli: Cli, tmp_path: Path
) -> None:
    one = folder(tmp_path, "one", recipe="older", content="one\n")
    two = folder(tmp_path, "two", recipe="older", content="one\n")
    run = started(cli, one, "--to", "stage")
    with BlobServiceClient.from_connection_string(cli.account()["AZURE_STORAGE_CONNECTION_STRING"]) as client:
        blob = client.get_blob_client("recipebatch", f"runs/{run}/run.json")
        record = json.loads(blob.download_blob().readall())
        del record["recipe_source"]
        metadata = blob.get_blob_properties().metadata
        del metadata["place"]
        blob.upload_blob(json.dumps(record), overwrite=True, metadata=metadata)
    assert cli("status", "r.yaml", cwd=two).returncode == 2
    assert cli.json("status", "r.yaml", cwd=one)["run"]["run_id"] == run
    assert f"continuing run {run}" in cli("stage", "r.yaml", cwd=one).stderr
    purged(cli, run)


def test_a_recipe_that_changed_is_not_continued_without_being_asked_for(cli: Cli, tmp_path: Path) -> None:
    place = folder(tmp_path, "place", recipe="changes", content="one\n")
    recipe = place / "r.yaml"
    run = started(cli, place, "--to", "provision")
    recipe.write_text(recipe.read_text().replace("cat a.txt >", "cat a.txt a.txt >"))
    refused = cli("apply", "r.yaml", "--yes", cwd=place)
    assert refused.returncode == 2, refused.stderr
    assert f"run {run} is unfinished, and r.yaml has changed since it started" in refused.stderr
    assert f"recipebatch runs resume {run}; start another run: recipebatch apply r.yaml --new" in refused.stderr
    assert "  +    commands: ['cat a.txt a.txt > b.txt']" in refused.stderr
    for command, by_id in (("stage", "stage --run"), ("submit", "submit --run"), ("retry", "retry --run")):
        refused = cli(command, "r.yaml", cwd=place)
        assert (refused.returncode, f"recipebatch {by_id} {run}" in refused.stderr) == (2, True), refused.stderr
    assert cli.json("status", "r.yaml", cwd=place)["run"]["run_id"] == run
    watched = cli("collect", "r.yaml", cwd=place)
    assert "r.yaml has changed since that run started: the recorded recipe counts" in watched.stderr
    assert f"  recipe: {place / 'r.yaml'}" in cli("runs", "show", run).stdout

    second = started(cli, place, "--new")
    assert second != run
    assert (place / "out" / "b.txt").read_text() == "one\none\n"
    assert cli("runs", "resume", run, "--overwrite", cwd=place).returncode == 0
    assert (place / "out" / "b.txt").read_text() == "one\n"
    purged(cli, run, second)


def test_comments_and_layout_of_a_recipe_and_of_its_files_are_no_change(cli: Cli, tmp_path: Path) -> None:
    place = folder(tmp_path, "place", recipe="comments", content="one\n")
    text = (place / "r.yaml").read_text()
    (place / "base.yaml").write_text("purge: never\n", encoding="utf-8")
    recipe = place / "r.yaml"
    recipe.write_text("extends: base.yaml\n" + text.replace("purge: never\n", ""), encoding="utf-8")
    run = started(cli, place, "--to", "stage")
    recipe.write_text("# new\n\n" + recipe.read_text().replace("  # a comment", ""), encoding="utf-8")
    (place / "base.yaml").write_text("# more\npurge:   never\n", encoding="utf-8")
    continued = cli("apply", "r.yaml", "--to", "provision", cwd=place)
    assert (continued.returncode, f"continuing run {run}" in continued.stderr) == (0, True), continued.stderr
    assert "has changed" not in continued.stderr
    (place / "base.yaml").write_text("purge: always\n", encoding="utf-8")
    refused = cli("apply", "r.yaml", cwd=place)
    assert (refused.returncode, "+purge: always" in refused.stderr) == (2, True), refused.stderr
    purged(cli, run)


def test_a_terminal_is_asked_whether_the_recorded_recipe_or_a_new_run_is_meant(cli: Cli, tmp_path: Path) -> None:
    place = folder(tmp_path, "place", recipe="asked", content="one\n")
    recipe = place / "r.yaml"
    run = started(cli, place, "--to", "stage")
    recipe.write_text(recipe.read_text().replace("cat a.txt >", "cat a.txt a.txt >"))
    question = "[continue/new]"
    for answer, output in (("n\n", "one\none\n"), ("continue\n", "one\n")):
        code, shown = asked(cli, "apply", "r.yaml", "--overwrite", typed=answer, cwd=place)
        assert (code, question in shown) == (0, True), shown
        assert (place / "out" / "b.txt").read_text() == output
        assert (f"continuing run {run}" in shown) == (answer != "n\n")
    purged(cli, *(found["run_id"] for found in cli.json("runs")["runs"] if found["recipe"] == "asked"))


OTHER = {"RECIPEBATCH_OWNER": "somebody"}


def test_a_run_of_another_owner_is_changed_only_with_a_yes(cli: Cli, tmp_path: Path) -> None:
    place = folder(tmp_path, "place", recipe="hers", content="one\n")
    run = started(cli, place, "--to", "submit")
    for command in ("purge", "stop", "pause", "unpause", "submit"):
        refused = cli(command, "--run", run, cwd=place, environ=OTHER)
        assert refused.returncode == 2, (command, refused.stdout, refused.stderr)
        assert f"run {run} belongs to tester, not to somebody: it is left as it is" in refused.stderr, command
        assert f"to {command} it all the same: --yes" in refused.stderr
    assert cli("runs", "forget", run, "--force", environ=OTHER).returncode == 2
    code, shown = asked(cli, "purge", "--run", run, typed="n\n", cwd=place, environ=OTHER)
    assert (code, f"run {run} of hers belongs to tester: purge it? [yes/no]" in shown) == (2, True), shown
    for command in ("pause", "unpause", "stop"):
        done = cli(command, "--run", run, "--yes", cwd=place, environ=OTHER)
        assert (done.returncode, "this run belongs to tester" in done.stderr) == (0, True), (command, done.stderr)
    code, shown = asked(cli, "purge", "--run", run, "--force", typed="y\n", cwd=place, environ=OTHER)
    assert code == 0, shown
    assert cli.json("status", "--run", run)["run"]["status"] == "purged"
    assert cli("runs", "forget", run, "--yes", environ=OTHER).returncode == 0
