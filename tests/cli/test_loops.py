"""Loops whose tasks have several items, in a real run: the arguments that reach the program on the node."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

ODD = ("a b.txt", "it's.txt", "$(x);`y`.txt", "ü\u2028.txt")


def test_all_blobs_of_a_folder_reach_one_task_for_any_names(
    cli: Cli, write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    for folder in ("one", "two"):
        (tmp_path / "input" / folder).mkdir(parents=True)
        for name in ODD:
            (tmp_path / "input" / folder / name).write_text(f"{folder} {name}\n", encoding="utf-8")
    recipe = write_recipe(
        "folders",
        "storage: {input: {uploads: ['input/**']}, output: {}}\n"
        "tasks:\n"
        "  - for_each: {files: {container: input, by: folder}}\n"
        "    resource_files: ['${{ files }}']\n"
        "    environment_settings: {FOLDER: '${{ group.key }}'}\n"
        "    commands: ['cat ${{ files }} > out.txt', 'printf \"%s\\n\" ${{ files }} >> out.txt']\n"
        "    output_files: [{file_pattern: out.txt, container: output, path: '${{ group.key }}.txt'}]\n"
        "collect: [{container: output, into: out}]\npurge: always\n",
    )
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for folder in ("one", "two"):
        names = sorted(ODD)
        expected = "".join(f"{folder} {name}\n" for name in names) + "".join(f"{name}\n" for name in names)
        assert (tmp_path / "out" / f"{folder}.txt").read_text(encoding="utf-8") == expected


def test_a_batch_of_items_is_on_one_command_line_with_each_item_quoted(
    cli: Cli, write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    recipe = write_recipe(
        "batches",
        "storage: {output: {}}\n"
        "tasks:\n"
        "  - for_each: {items: ['a b', \"it's\", '$(x)', 'last'], batch: 3}\n"
        "    id: part-${{ index }}\n"
        "    commands: ['printf \"%s\\n\" ${{ items }} > ${{ task.id }}.txt']\n"
        "    output_files: [{file_pattern: '*.txt', container: output}]\n"
        "collect: [{container: output, into: out}]\npurge: always\n",
    )
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "part-0.txt").read_text() == "a b\nit's\n$(x)\n"
    assert (tmp_path / "out" / "part-1.txt").read_text() == "last\n"


def test_flags_override_parameter_files_and_these_the_environment(
    cli: Cli, write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    recipe = write_recipe(
        "strength",
        "parameters: {a: {default: d}, b: {default: d}, c: {default: d}, e: {default: d}}\n"
        "tasks: [{command_line: 'x ${{ params.a }} ${{ params.b }} ${{ params.c }} ${{ params.e }}'}]\n",
    )
    for name, text in (("one.yaml", "b: one\nc: one\n"), ("two.json", '{"b": "two"}')):
        (tmp_path / name).write_text(text)
    environ = {f"RECIPEBATCH_PARAM_{name}": "env" for name in "ABC"}
    files = ("--params", tmp_path / "one.yaml", "--params", tmp_path / "two.json")
    done = cli("plan", recipe, *files, "-p", "a=flag", environ=environ)
    assert done.returncode == 0, done.stderr
    assert "x flag two one d" in done.stdout
    refused = cli("plan", recipe, "--params", tmp_path / "two.json", environ={"RECIPEBATCH_PARAM_A": ""})
    assert refused.returncode == 0, refused.stderr
    (tmp_path / "bad.yaml").write_text("zz: 1\n")
    refused = cli("plan", recipe, "--params", tmp_path / "bad.yaml")
    assert refused.returncode == 2
    assert "unknown parameter zz" in refused.stderr
