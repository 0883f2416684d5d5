import json
from pathlib import Path

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.inputs import LocalInputs, read_local_inputs
from recipebatch.plan import bind_parameters, required_inputs
from recipebatch.recipe import parse_recipe

TOP = "schema_version: 1\nname: demo\npool: {existing: p}\n"


def inputs_of(folder: Path, sections: str, tasks: str = "[{command_line: a}]") -> LocalInputs:
    recipe = parse_recipe(f"{TOP}{sections}\ntasks: {tasks}\n", file="r.yaml", folder=folder)
    return read_local_inputs(required_inputs(recipe, bind_parameters(recipe, {})))


def refusals(folder: Path, sections: str, tasks: str = "[{command_line: a}]") -> list[str]:
    with pytest.raises(InvalidRecipeError) as caught:
        inputs_of(folder, sections, tasks)
    return [
        f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message}" for problem in caught.value.problems
    ]


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x" * len(name), encoding="utf-8")


def blobs(inputs: LocalInputs, container: str = "c") -> list[str]:
    return [file.blob for file in inputs.files[container]]


def test_a_blob_is_named_by_the_path_below_the_fixed_part_of_its_source(tmp_path: Path) -> None:
    write(tmp_path, "r/data/b.txt", "r/data/a.txt", "r/data/sub/c.txt", "r/data/x.bin", "node/s.py")
    folder = tmp_path / "r"
    assert blobs(inputs_of(folder, "storage: {c: {uploads: ['data/*.txt']}}")) == ["a.txt", "b.txt"]
    assert blobs(inputs_of(folder, "storage: {c: {uploads: ['data/**/*.txt']}}")) == ["a.txt", "b.txt", "sub/c.txt"]
    assert blobs(inputs_of(folder, "storage: {c: {uploads: [data]}}")) == ["a.txt", "b.txt", "sub/c.txt", "x.bin"]
    assert blobs(inputs_of(folder, "storage: {c: {uploads: [../node/s.py]}}")) == ["s.py"]
    assert blobs(inputs_of(folder, "storage: {c: {uploads: ['d*/a.txt']}}")) == ["data/a.txt"]
    selected = "storage: {c: {uploads: [{source: data, exclude: ['*.bin', 'sub/**'], prefix: raw/}]}}"
    assert blobs(inputs_of(folder, selected)) == ["raw/a.txt", "raw/b.txt"]


def test_sources_are_absolute_and_sizes_are_bytes(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    (file,) = inputs_of(tmp_path, "storage: {c: {uploads: [a.txt]}}").files["c"]
    assert (Path(file.source), file.size) == ((tmp_path / "a.txt").resolve(), 5)


def test_a_source_that_matches_nothing_is_an_error_at_its_position(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    assert refusals(tmp_path, "storage: {c: {uploads: [a.txt, b.txt, 'z/*', {source: a.txt, exclude: a.txt}]}}") == [
        "4:32 [missing-file] b.txt matches no file",
        "4:39 [missing-file] z/* matches no file",
        "4:46 [missing-file] a.txt matches no file",
    ]


def test_two_files_for_one_blob_are_an_error(tmp_path: Path) -> None:
    write(tmp_path, "p/a.txt", "q/a.txt")
    (found,) = refusals(tmp_path, "storage: {c: {uploads: [p/a.txt, q/a.txt]}}")
    assert found.startswith("4:34 [duplicate-blob] two files would be the blob a.txt of c: ")


def test_a_source_may_use_parameters(tmp_path: Path) -> None:
    write(tmp_path, "v2/a.txt")
    sections = "parameters: {v: {default: v2}}\nstorage: {c: {uploads: ['${{ params.v }}/*']}}"
    assert blobs(inputs_of(tmp_path, sections)) == ["a.txt"]


def test_a_table_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("\ufeffa,b\r\n1,ü\r\n".encode())
    inputs = inputs_of(tmp_path, "", "[{for_each: {rows: t.csv}, command_line: a}]")
    assert inputs.tables == {"t.csv": "a,b\r\n1,ü\r\n"}


def test_a_table_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_bytes(b"a\n\xff\n")
    tasks = "[{name: x, for_each: {rows: t.csv}, command_line: a}, {name: y, for_each: {rows: l.csv}, command_line: a}]"
    assert refusals(tmp_path, "", tasks) == [
        "5:36 [missing-file] the table t.csv cannot be read: No such file or directory",
        "5:89 [not-utf-8] the table l.csv is not UTF-8",
    ]


@pytest.mark.parametrize("name", ["a\ue000.txt", "a\\b.txt"])
def test_a_name_that_no_blob_can_have_is_an_error(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    (found,) = refusals(tmp_path, "storage: {c: {uploads: ['*.txt']}}")
    assert "[invalid-blob-name]" in found


def test_inputs_survive_json(tmp_path: Path) -> None:
    write(tmp_path, "a b;ü.txt")
    (tmp_path / "t.csv").write_text("a\n1\n", encoding="utf-8")
    tasks = "[{for_each: {rows: t.csv}, command_line: a}]"
    inputs = inputs_of(tmp_path, "storage: {c: {uploads: ['*.txt']}}", tasks)
    assert LocalInputs.from_json(json.loads(json.dumps(inputs.to_json()))) == inputs


def test_a_loop_over_local_files_knows_their_paths_below_the_recipe(tmp_path: Path) -> None:
    write(tmp_path, "cases/b.ini", "cases/a.ini", "cases/deep/c.ini", "cases/x.txt")
    loop = "[{command_line: a, for_each: {files: {local: 'cases/**/*.ini'}}}]"
    found = LocalInputs.from_json(json.loads(json.dumps(inputs_of(tmp_path, "", loop).to_json())))
    assert found.names == {"cases/**/*.ini": ["cases/a.ini", "cases/b.ini", "cases/deep/c.ini"]}


@pytest.mark.parametrize("pattern", ["../*", "/etc/*", "a/../../*", r"..\\*", "C:/*"])
def test_a_loop_looks_at_no_file_outside_of_the_recipes_folder(tmp_path: Path, pattern: str) -> None:
    write(tmp_path, "r/a.txt", "outside.txt")
    told = refusals(tmp_path / "r", "", f"[{{command_line: a, for_each: {{files: {{local: '{pattern}'}}}}}}]")
    assert [problem.partition("]")[0].partition("[")[2] for problem in told] == ["files-outside"]


def test_a_link_out_of_a_folder_of_uploads_is_refused_unless_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, "r/in/a.txt", "outside.txt")
    (tmp_path / "r" / "in" / "b.txt").symlink_to(tmp_path / "outside.txt")
    (tmp_path / "r" / "in" / "c.txt").symlink_to("a.txt")
    for source in ("in", "in/*", "**/*.txt"):
        (told,) = refusals(tmp_path / "r", f"storage: {{c: {{uploads: ['{source}']}}}}", "[{command_line: a}]")
        assert "b.txt is a link to outside the folder" in told
        assert "[files-outside]" in told
    found = inputs_of(tmp_path / "r", "storage: {c: {uploads: [in/b.txt]}}", "[{command_line: a}]").files["c"]
    assert [(file.blob, Path(file.source).name) for file in found] == [("b.txt", "outside.txt")]


def test_a_link_out_of_the_folder_is_no_file_of_a_loop(tmp_path: Path) -> None:
    write(tmp_path, "r/a.txt", "outside.txt")
    (tmp_path / "r" / "b.txt").symlink_to(tmp_path / "outside.txt")
    assert inputs_of(tmp_path / "r", "", "[{command_line: a, for_each: {files: {local: '*.txt'}}}]").names == {
        "*.txt": ["a.txt"]
    }
