"""Runs by their records: shown, compared, resumed, forgotten; and what is left of forgotten ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from azure.storage.blob import BlobServiceClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

TEXT = """\
parameters: {n: {type: integer, default: 1}, key: {type: secret, source: {environment_variable: MY_KEY}}}
storage: {input: {uploads: [a.txt]}, output: {}}
tasks:
  - resource_files: [input]
    environment_settings: {KEY: '${{ secrets.key }}'}
    commands: ['cat a.txt > b.txt', 'echo ${{ params.n }} >> b.txt']
    output_files: [{file_pattern: b.txt, container: output}]
collect: [{container: output, into: out}]
purge: never
"""
SECRET = {"MY_KEY": "very-secret-value"}


def document(cli: Cli, *arguments: str | Path, cwd: Path) -> dict[str, object]:
    done = cli(*arguments, "--json", cwd=cwd, environ=SECRET)
    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)
    assert isinstance(body, dict)
    return body


def test_a_run_is_shown_compared_and_forgotten(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    recipe = write_recipe("records", TEXT)
    first = str(document(cli, "apply", recipe, cwd=tmp_path)["run"])
    (tmp_path / "a.txt").write_text("two lines\nof it\n")
    recipe.write_text(recipe.read_text().replace("cat a.txt", "cat  a.txt"))
    second = str(document(cli, "apply", recipe, "--new", "-p", "n=2", cwd=tmp_path)["run"])

    shown = cli("runs", "show", first)
    assert shown.returncode == 0, shown.stderr
    for text in (f"run {first} of records", "-p n=1", '-p key="***"', "stage done", f"jobs: records-{first}"):
        assert text in shown.stdout
    assert "very-secret-value" not in shown.stdout

    compared = cli("runs", "diff", first, second).stdout
    for text in ("n: 1 -> 2", "changed: input/a.txt", "+    commands: ['cat  a.txt > b.txt'"):
        assert text in compared
    assert cli("runs", "diff", first, first).stdout == "no difference\n"

    refused = cli("runs", "forget", first)
    assert (refused.returncode, "some of its resources may remain" in refused.stderr) == (2, True)
    assert cli("purge", "--run", first, "--yes").returncode == 0
    assert cli("runs", "forget", first).returncode == 0
    assert first not in cli("runs").stdout
    assert cli("runs", "show", first).returncode == 2
    assert cli("purge", "--run", second, "--yes").returncode == 0


def test_a_run_is_resumed_from_another_folder_without_its_recipe(
    cli: Cli, write_recipe: WriteRecipe, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    recipe = write_recipe("resumed", TEXT.replace("never", "always"))
    run = str(document(cli, "apply", recipe, "--to", "provision", cwd=tmp_path)["run"])
    recipe.unlink()
    other = tmp_path / "other"
    other.mkdir()
    report = document(cli, "runs", "resume", run, cwd=other)
    assert report["verdict"] == "succeeded"
    assert (other / "out" / "b.txt").read_text() == "one\n1\n"


def test_what_a_forgotten_run_left_is_found_and_removed(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    recipe = write_recipe("forgotten", TEXT)
    run = str(document(cli, "apply", recipe, cwd=tmp_path)["run"])
    assert cli("runs", "forget", run, "--force").returncode == 0
    kept = cli.json("purge", "--orphans")
    mine = {each["name"] for each in kept["found"] if each["run_id"] == run}
    assert mine == {f"forgotten-{run}", f"forgotten-{run}-input", f"forgotten-{run}-output"}
    assert kept["removed"] == []
    told = cli("purge", "--orphans", "--yes")
    assert told.returncode == 0, told.stderr
    assert f"pool forgotten-{run} of tester, less than a minute old, 1 node: its run has no record" in told.stdout
    with BlobServiceClient.from_connection_string(cli.account()["AZURE_STORAGE_CONNECTION_STRING"]) as client:
        assert not list(client.list_containers(name_starts_with=f"forgotten-{run}"))
    both = cli("purge", recipe, "--orphans")
    assert both.returncode == 2


def leave_a_lock(cli: Cli, run: str) -> None:
    """As a command on another machine that died and whose lease does not end."""
    with BlobServiceClient.from_connection_string(cli.account()["AZURE_STORAGE_CONNECTION_STRING"]) as client:
        holder = {"owner": "her", "host": "elsewhere", "pid": 1, "doing": "apply", "since": "2026-01-01T00:00:00"}
        client.get_blob_client("recipebatch", f"runs/{run}/holder.json").upload_blob(json.dumps(holder), overwrite=True)
        client.get_blob_client("recipebatch", f"runs/{run}/lock").acquire_lease(-1)


def test_a_lock_that_is_left_can_be_broken(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    recipe = write_recipe("locked", TEXT.replace("always", "never"))
    run = str(document(cli, "apply", recipe, "--to", "stage", cwd=tmp_path)["run"])
    leave_a_lock(cli, run)
    refused = cli("provision", "--run", run, environ=SECRET)
    assert refused.returncode != 0
    assert "apply by her on elsewhere, since 2026-01-01T00:00:00" in refused.stderr
    assert "--break-lock" in refused.stderr
    provisioned = cli("provision", "--run", run, "--break-lock", environ=SECRET)
    assert provisioned.returncode == 0, provisioned.stderr
    assert "broke the lock" in provisioned.stderr
    leave_a_lock(cli, run)
    done = cli("purge", "--run", run, "--break-lock", "--yes", environ=SECRET)
    assert done.returncode == 0, done.stderr
    assert "broke the lock" in done.stderr
    leave_a_lock(cli, run)
    forgotten = cli("runs", "forget", run, "--break-lock")
    assert (forgotten.returncode, "broke the lock" in forgotten.stderr) == (0, True), forgotten.stderr
    assert run not in cli("runs").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["runs", "--json", "show", "r1"], "options of show come after it"),
        (["runs", "--account", "local", "forget", "r1"], "options of forget come after it"),
        (["purge", "--orphans", "--force"], "have no place beside --orphans"),
        (["purge", "--orphans", "--break-lock"], "have no place beside --orphans"),
        (["plan", "builtin:topn", "--account", "local"], "--detailed-exitcode"),
        (["lint", "builtin:topn", "--json", "--format", "sarif"], "choose one of them"),
        (["validate", "builtin:topn", "--json", "--format", "sarif"], "choose one of them"),
        (["show", "builtin:topn", "-p", "words=5"], "--resolved fills them in"),
    ],
)
def test_an_option_that_would_have_no_effect_is_refused(cli: Cli, arguments: list[str], said: str) -> None:
    refused = cli(*arguments)
    assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr
