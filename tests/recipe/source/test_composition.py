import json
import os
from pathlib import Path

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.inputs import read_local_inputs
from recipebatch.plan import bind_parameters, required_inputs
from recipebatch.recipe import Fragment, Recipe, parse_recipe, read_recipe, recorded_fragments

BASE = """\
schema_version: 1
name: base
parameters:
  words: {type: integer, default: 3, minimum: 1}
storage:
  output: {}
pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, target_dedicated_nodes: 2}
tasks:
  - name: count
    command_line: count ${{ params.words }}
    environment_settings: {A: "1", B: "2"}
  - name: merge
    command_line: merge
"""


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".yaml").write_text(text, encoding="utf-8")


def read(folder: Path, **files: str) -> Recipe:
    """The recipe r.yaml of a folder with these files; `parts__pool` is parts/pool.yaml."""
    write(folder, **files)
    return read_recipe(folder / "r.yaml", shown_as="r.yaml")


def problems(folder: Path, **files: str) -> list[str]:
    with pytest.raises(InvalidRecipeError) as caught:
        read(folder, **files)
    return [
        f"{problem.at} [{problem.code}] {problem.message}" + (f" | {problem.hint}" if problem.hint else "")
        for problem in caught.value.problems
    ]


def test_a_recipe_says_only_what_differs_from_its_base(tmp_path: Path) -> None:
    recipe = read(
        tmp_path,
        base=BASE,
        r="extends: base.yaml\nname: mine\npool: {target_dedicated_nodes: 5}\n"
        "tasks:\n  - {name: merge, command_line: better}\n  - {name: third, command_line: more}\n"
        "  - {name: count, environment_settings: {B: '3', C: '4'}}\n",
    )
    assert recipe.name == "mine"
    assert recipe.pool.settings["target_dedicated_nodes"].node is not None
    assert recipe.pool.settings["target_dedicated_nodes"].node.value == 5
    assert [task.name for task in recipe.tasks] == ["count", "merge", "third"]
    assert [task.command.lines[0].value for task in recipe.tasks] == ["count ${{ params.words }}", "better", "more"]
    settings = {
        name: setting.node.value for name, setting in recipe.tasks[0].settings["environment_settings"] if setting.node
    }
    assert settings == {"A": "1", "B": "3", "C": "4"}


def test_merging_gives_the_digest_of_the_same_recipe_written_as_one(tmp_path: Path) -> None:
    merged = read(tmp_path, base=BASE, r="extends: base.yaml\nname: mine\n")
    whole = parse_recipe(BASE.replace("name: base", "name: mine"), file="r.yaml", folder=tmp_path)
    assert merged.digest == whole.digest


def test_an_empty_value_takes_away_what_the_base_says(tmp_path: Path) -> None:
    recipe = read(
        tmp_path,
        base=BASE,
        r="extends: base.yaml\ntasks:\n  - name: count\n    command_line:\n    commands: [a, b]\n"
        "    environment_settings:\n",
    )
    assert [line.value for line in recipe.tasks[0].command.lines] == ["a", "b"]
    assert recipe.tasks[0].settings["environment_settings"] == ()


def test_fragments_are_weaker_than_the_recipe_and_stronger_than_its_base(tmp_path: Path) -> None:
    recipe = read(
        tmp_path,
        base=BASE,
        parts__pool="pool: {vm_size: STANDARD_D4S_V3, target_dedicated_nodes: 7}\n",
        parts__more="parameters: {lines: {type: integer, default: 1}}\n",
        r="extends: base.yaml\ninclude: [parts/pool.yaml, parts/more.yaml]\npool: {target_dedicated_nodes: 1}\n",
    )
    pool = recipe.pool
    assert pool.settings["target_dedicated_nodes"].node is not None
    assert pool.settings["target_dedicated_nodes"].node.value == 1
    assert [parameter.name for parameter in recipe.parameters] == ["words", "lines"]
    assert "STANDARD_D4S_V3" in str(pool.vm_size[0].node)
    assert [fragment.name for fragment in recipe.fragments] == ["parts/pool.yaml", "parts/more.yaml", "base.yaml"]


def test_a_fragment_may_include_others_by_paths_relative_to_itself(tmp_path: Path) -> None:
    recipe = read(
        tmp_path,
        parts__a="include: deeper/b.yaml\nname: a\n",
        parts__deeper__b="include: ../c.yaml\npool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3}\n",
        parts__c="tasks: [{command_line: c}]\n",
        r="schema_version: 1\nname: r\ninclude: parts/a.yaml\n",
    )
    assert [task.command.lines[0].value for task in recipe.tasks] == ["c"]


def test_relative_paths_are_meant_from_the_file_they_are_written_in(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "here.txt").write_text("x", encoding="utf-8")
    (tmp_path / "parts" / "by_name.txt").write_text("x", encoding="utf-8")
    (tmp_path / "top.txt").write_text("x", encoding="utf-8")
    recipe = read(
        tmp_path,
        parts__base=BASE.replace("output: {}", "output: {}\n  input: {uploads: [here.txt, '${{ params.more }}']}")
        + "  - {name: rows, command_line: a, for_each: {rows: here.txt}}\n",
        r="extends: parts/base.yaml\nparameters: {more: {type: file, default: top.txt}}\n"
        "storage: {output: {uploads: [top.txt]}}\n",
    )
    inputs = read_local_inputs(required_inputs(recipe, bind_parameters(recipe, {"more": str(tmp_path / "top.txt")})))
    assert [file.blob for file in inputs.files["input"]] == ["here.txt", "top.txt"]
    assert [file.blob for file in inputs.files["output"]] == ["top.txt"]
    assert inputs.tables == {"here.txt": "x"}


def test_a_file_parameters_default_is_meant_from_the_file_it_is_written_in(tmp_path: Path) -> None:
    recipe = read(
        tmp_path,
        parts__base=BASE.replace("parameters:", "parameters:\n  data: {type: file, default: here.txt}"),
        r="extends: parts/base.yaml\n",
    )
    assert bind_parameters(recipe, {})["data"] == str(tmp_path.resolve() / "parts" / "here.txt")


def test_a_bundled_recipe_can_be_extended_with_its_files(tmp_path: Path) -> None:
    recipe = read(tmp_path, r="extends: builtin:topn\nname: mine\nparameters: {words: {default: 9}}\n")
    inputs = read_local_inputs(required_inputs(recipe, bind_parameters(recipe, {})))
    assert [file.blob for file in inputs.files["input"]] == ["taskdata1.txt", "taskdata2.txt", "taskdata3.txt"]
    assert bind_parameters(recipe, {})["words"] == 9


def test_problems_are_told_at_the_file_and_line_that_cause_them(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        base=BASE.replace("vm_size: STANDARD_D2S_V3", "vm_size: 7"),
        r="extends: base.yaml\njobb: {}\nstorage: {logs: {uploads: [7]}}\n",
    )
    assert told == [
        "base.yaml:7:29 [invalid-recipe] vm_size must be a string or a list, not 7",
        "r.yaml:2:1 [unknown-key] unknown key jobb | did you mean job?",
        "r.yaml:3:28 [invalid-recipe] uploads[1] must be a string or a mapping, not 7",
    ]


def test_circles_are_refused_with_the_way_they_take(tmp_path: Path) -> None:
    told = problems(tmp_path, r="extends: a.yaml\n", a="include: b.yaml\n", b="extends: a.yaml\n")
    assert told == ["b.yaml:1:10 [include-cycle] a.yaml includes itself: a.yaml → b.yaml → a.yaml"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("../base.yaml", "../base.yaml is outside the recipe's folder"),
        ("a/../../base.yaml", "a/../../base.yaml is outside the recipe's folder"),
        ("/etc/passwd", "/etc/passwd is not a relative path with /"),
        ("C:/base.yaml", "C:/base.yaml is not a relative path with /"),
        (r"..\base.yaml", r"..\base.yaml is not a relative path with /"),
        (r"\\server\share\base.yaml", r"\\server\share\base.yaml is not a relative path with /"),
    ],
)
def test_nothing_outside_of_the_recipes_folder_is_read(tmp_path: Path, written: str, said: str) -> None:
    hint = "fragments must be in the recipe's folder or below it; a bundled recipe is `builtin:NAME`"
    assert problems(tmp_path, r=f"extends: '{written}'\n") == [f"r.yaml:1:10 [include-outside] {said} | {hint}"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(BASE, encoding="utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "base.yaml").symlink_to(tmp_path / "outside.yaml")
    assert problems(inside, r="extends: base.yaml\n") == [
        "r.yaml:1:10 [missing-include] base.yaml is a link to outside the recipe's folder"
    ]


def test_what_is_not_there_is_said_where_it_is_named(tmp_path: Path) -> None:
    told = problems(tmp_path, r="include: [a.yaml]\n")
    hint = f"paths are relative to the file that names them, below {tmp_path.resolve()}"
    assert told == [f"r.yaml:1:11 [missing-include] a.yaml cannot be read: No such file or directory | {hint}"]
    told = problems(tmp_path, r="extends: builtin:topm\n")
    assert told == ["r.yaml:1:10 [missing-include] there is no bundled recipe topm | did you mean topn?"]


def test_two_fragments_that_disagree_are_refused_unless_the_recipe_decides(tmp_path: Path) -> None:
    files = {
        "a": "name: x\npool: {vm_size: STANDARD_D2S_V3, image: ubuntu-24.04}\n",
        "b": "name: x\npool: {vm_size: STANDARD_D4S_V3}\n",
    }
    rest = "schema_version: 1\ninclude: [a.yaml, b.yaml]\ntasks: [{command_line: a}]\n"
    message = "b.yaml:2:8 [include-conflict] vm_size is also set, to a different value, at a.yaml:2:17"
    hint = "set it in the recipe itself, or in only one of the two"
    assert problems(tmp_path, r=rest, **files) == [f"{message} | {hint}"]
    assert read(tmp_path, r=rest + "pool: {vm_size: STANDARD_D8S_V3}\n", **files).name == "x"


def test_the_recipe_decides_for_a_template_by_its_name_or_by_a_value_in_place_of_both(tmp_path: Path) -> None:
    files = {
        "a": "name: x\ntasks: [{name: t, command_line: a, display_name: one}]\nx-m: {k: 1}\n",
        "b": "tasks: [{name: t, command_line: b}]\nstorage: {c: {retention: 1d}}\n",
        "c": "storage: {c: {retention: 2d}}\n",
    }
    rest = "schema_version: 1\ninclude: [a.yaml, b.yaml, c.yaml]\npool: {existing: p}\nstorage:\n"
    (told,) = problems(tmp_path, r=rest, **files)
    assert "command_line is also set, to a different value, at a.yaml:" in told
    recipe = read(tmp_path, r=rest + "tasks: [{name: t, command_line: own}]\n", **files)
    assert recipe.tasks[0].command.lines[0].value == "own"


def test_an_empty_value_takes_away_what_a_fragment_and_the_base_say(tmp_path: Path) -> None:
    part = "tasks: [{name: count, environment_settings: {A: '7'}}]\n"
    own = "extends: base.yaml\ninclude: [part.yaml]\ntasks: [{name: count, environment_settings: {A: }}]\n"
    recipe = read(tmp_path, base=BASE, part=part, r=own)
    assert [name for name, _ in recipe.tasks[0].settings["environment_settings"]] == ["B"]


def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    for name, said in [("loop", "is a circular link"), ("pipe", "it is a pipe, not a regular file")]:
        (told,) = problems(tmp_path, r=f"extends: {name}\n")
        assert said in told


@pytest.mark.parametrize("written", ["extends: [a.yaml]", "extends: 7", "include: {a: b}", "include: [7]", "extends:"])
def test_a_path_is_a_text(tmp_path: Path, written: str) -> None:
    assert "[invalid-recipe]" in problems(tmp_path, r=f"{written}\n")[0]


def test_fragments_that_include_the_next_twice_are_each_read_once(tmp_path: Path) -> None:
    """Twenty of them would be read a million times."""
    files = {f"f{number}": f"include: [f{number + 1}.yaml, f{number + 1}.yaml]\n" for number in range(20)}
    recipe = read(tmp_path, r="schema_version: 1\ninclude: f0.yaml\n", f20=BASE.partition("\n")[2], **files)
    assert len(recipe.fragments) == 21


def test_a_recipe_is_made_from_a_bounded_number_of_files(tmp_path: Path) -> None:
    files = {f"f{number}": f"include: f{number + 1}.yaml\n" for number in range(101)}
    told = problems(tmp_path, r="include: f0.yaml\n", f101=BASE, **files)
    assert told == ["f99.yaml:1:10 [too-many-includes] a recipe can consist of at most 100 files"]


def test_a_recorded_recipe_needs_no_files(tmp_path: Path) -> None:
    recipe = read(tmp_path, base=BASE, r="extends: base.yaml\nname: mine\n")
    recorded = json.loads(json.dumps([fragment.to_json() for fragment in recipe.fragments]))
    (tmp_path / "base.yaml").unlink()
    again = parse_recipe(
        recipe.text,
        file=recipe.file,
        folder=recipe.folder,
        fetch=recorded_fragments(Fragment.from_json(value) for value in recorded),
    )
    assert again.digest == recipe.digest
    assert again.fragments == recipe.fragments


def test_the_files_of_a_recipe_are_bounded_together(tmp_path: Path) -> None:
    many = "x-a:\n" + "- b\n" * 20_000
    told = problems(tmp_path, r="include: [a.yaml, b.yaml]\n" + BASE.partition("\n")[2], a=many, b=many)
    assert "[too-many-values] the file holds too many values" in told[0]
    long = "#" * 1_000_000 + "\n"
    told = problems(tmp_path, r="include: [a.yaml, b.yaml]\n", a=long + "x-a: 1\n", b=long + "x-b: 1\n")
    assert told == ["r.yaml:1:19 [too-many-includes] the included files have more than 1,500,000 characters together"]
