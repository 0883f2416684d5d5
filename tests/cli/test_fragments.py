"""A recipe made from several files, through a real run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli


def test_a_run_continues_after_its_recipe_files_were_deleted(
    cli: Cli, write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    fragment = tmp_path / "parts" / "tasks.yaml"
    fragment.parent.mkdir()
    fragment.write_text(
        "storage: {output: {}}\n"
        "tasks:\n"
        "  - name: say\n"
        "    environment_settings: {WHO: fragment}\n"
        "    commands: ['echo \"$WHO\" > out.txt']\n"
        "    output_files: [{file_pattern: out.txt, container: output}]\n",
        encoding="utf-8",
    )
    recipe = write_recipe(
        "fragments",
        "include: parts/tasks.yaml\n"
        "tasks: [{name: say, environment_settings: {WHO: recipe}}]\n"
        "collect: [{container: output, into: out}]\npurge: always\n",
    )
    run = cli.json("apply", recipe, "--to", "provision", cwd=tmp_path)["run"]
    fragment.unlink()
    for phase in ("submit", "watch", "collect", "purge"):
        done = cli(phase, "--run", run, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "out.txt").read_text(encoding="utf-8") == "recipe\n"
