from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from processes import FOLDER

from recipebatch.errors import InvalidRecipeError
from recipebatch.files import AllowedPath, ListingBudget, ReadAccess
from recipebatch.inputs import LocalInputs, read_local_inputs
from recipebatch.plan import bind_parameters, required_inputs
from recipebatch.recipe import parse_recipe

if TYPE_CHECKING:
    from collections.abc import Callable

TOP = "schema_version: 1\nname: demo\npool: {existing: p}\n"


def inputs_of(
    folder: Path, sections: str, tasks: str = "[{command_line: a}]", access: ReadAccess | None = None
) -> LocalInputs:
    recipe = parse_recipe(f"{TOP}{sections}\ntasks: {tasks}\n", file="r.yaml", folder=folder)
    return read_local_inputs(required_inputs(recipe, bind_parameters(recipe, {})), access=access)


def refusals(
    folder: Path, sections: str, tasks: str = "[{command_line: a}]", access: ReadAccess | None = None
) -> list[str]:
    with pytest.raises(InvalidRecipeError) as caught:
        inputs_of(folder, sections, tasks, access)
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
    write(tmp_path, "r/data/b.txt", "r/data/a.txt", "r/data/sub/c.txt", "r/data/x.bin", "node/s.py", ".git/HEAD")
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


@pytest.mark.parametrize("name", ["a\ue000.txt", "a\\b.txt", "bell\x01.txt", "a\n.txt", "a\x85.txt", "a\uffff.txt"])
def test_a_name_that_no_blob_can_have_is_an_error(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    loop = "[{command_line: a, for_each: {files: {local: '*.txt'}}}]"
    assert codes(refusals(tmp_path, "", loop)) == ["invalid-blob-name"]
    (found,) = refusals(tmp_path, "storage: {c: {uploads: ['*.txt']}}")
    assert "[invalid-blob-name]" in found


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
    assert "is outside the recipe's folder" in refusals(tmp_path / "r", "storage: {c: {uploads: [in/b.txt]}}")[0]
    # In a repository, the recipe may read what is around it.
    write(tmp_path, ".git/HEAD")
    found = inputs_of(tmp_path / "r", "storage: {c: {uploads: [in/b.txt]}}", "[{command_line: a}]").files["c"]
    assert [(file.blob, Path(file.source).name) for file in found] == [("b.txt", "outside.txt")]


def test_a_link_out_of_the_folder_is_no_file_of_a_loop(tmp_path: Path) -> None:
    write(tmp_path, "r/a.txt", "outside.txt")
    (tmp_path / "r" / "b.txt").symlink_to(tmp_path / "outside.txt")
    (tmp_path / "r" / "c.txt").symlink_to("a.txt")
    told = refusals(tmp_path / "r", "", "[{command_line: a, for_each: {files: {local: '*.txt'}}}]")
    assert told == ["5:45 [files-outside] b.txt is a link to outside the recipe's folder"]
    loop = "[{command_line: a, for_each: {files: {local: '[ac].txt'}}}]"
    assert inputs_of(tmp_path / "r", "", loop).names == {"[ac].txt": ["a.txt", "c.txt"]}


def test_a_pattern_of_exclude_leaves_out_folders_with_all_below_them(tmp_path: Path) -> None:
    write(tmp_path, "p/main.py", "p/a/__pycache__/m.pyc", "p/data/tmp/x/y", "p/data/keep", "p/.git/config", "p/b/.git")
    upload = "storage: {c: {uploads: [{source: p, exclude: [.git, __pycache__/, data/tmp]}]}}"
    found = inputs_of(tmp_path, upload)
    assert blobs(found) == ["data/keep", "main.py"]
    assert found.warnings == ()
    assert LocalInputs.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_what_is_left_out_or_matches_nothing_is_said(tmp_path: Path) -> None:
    write(tmp_path, "p/main.py", "p/.git/config", "p/b/.git")
    found = inputs_of(tmp_path, "storage: {c: {uploads: [{source: p, exclude: [p/main.py, '*.pyc']}]}}")
    assert blobs(found) == ["main.py"]
    assert found.warnings == (
        "r.yaml:4:25: '.git' (and 1 more) of p is left out: git keeps passwords there",
        "r.yaml:4:25: exclude p/main.py matches nothing in p: patterns apply to the paths below it",
        "r.yaml:4:25: exclude *.pyc matches nothing in p: patterns apply to the paths below it",
    )
    assert LocalInputs.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_link_to_a_folder_is_followed_and_what_cannot_be_uploaded_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path, "r/data/v1/f.txt", "mine/key")
    data = tmp_path / "r" / "data"
    (data / "current").symlink_to("v1")
    found = inputs_of(tmp_path / "r", "storage: {c: {uploads: [data]}}")
    assert [(file.blob, Path(file.source).relative_to(data.resolve()).as_posix()) for file in found.files["c"]] == [
        ("current/f.txt", "v1/f.txt"),
        ("v1/f.txt", "v1/f.txt"),
    ]
    (data / "round").symlink_to(".")
    (data / "mine").symlink_to(tmp_path / "mine")
    (data / "gone").symlink_to("nothing")
    os.mkfifo(data / "pipe")
    assert refusals(tmp_path / "r", "storage: {c: {uploads: [data]}}") == [
        "4:25 [missing-file] 'gone' of data is a link to nothing",
        "4:25 [files-outside] 'mine' of data is a link to outside the folder",
        "4:25 [not-a-file] 'pipe' of data is a pipe, not a file",
        "4:25 [circular-link] 'round' of data is a circular link: it leads to a folder that holds it",
    ]
    left_out = "storage: {c: {uploads: [{source: data, exclude: [gone, mine, pipe, round/]}]}}"
    assert blobs(inputs_of(tmp_path / "r", left_out)) == ["current/f.txt", "v1/f.txt"]
    # A pattern asks for what it matches only.
    assert blobs(inputs_of(tmp_path / "r", "storage: {c: {uploads: ['data/v*/*.txt']}}")) == ["v1/f.txt"]


def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "data/a.txt", "data/secret.txt")
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "secret" not in str(path) and allowed(path, mode))
    (told,) = refusals(tmp_path, "storage: {c: {uploads: [data]}}")
    assert told.endswith("data/secret.txt cannot be read: Permission denied")


@pytest.mark.parametrize("source", ["loop", "loop/*.txt", "loop/**", "loop/a.txt", "{source: loop, blob: x}"])
def test_a_circular_link_is_an_error_at_its_position(tmp_path: Path, source: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (told,) = refusals(tmp_path, f"storage: {{c: {{uploads: [{source}]}}}}")
    assert told.startswith("4:25 [circular-link]")
    assert told.endswith("is a circular link")


@pytest.mark.parametrize("path", ["loop.csv", "loop.csv/*.csv", "loop.csv/a.csv"])
def test_a_circular_link_is_no_table_and_no_file_of_a_loop(tmp_path: Path, path: str) -> None:
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    tasks = f"[{{command_line: a, for_each: {{files: {{local: '{path}'}}}}}}]"
    assert codes(refusals(tmp_path, "", tasks)) == ["circular-link"]
    tasks = f"[{{command_line: a, for_each: {{rows: '{path}'}}}}]"
    assert codes(refusals(tmp_path, "", tasks)) in (["missing-file"], ["not-a-file"])


@pytest.mark.parametrize("source", ["x" * 300, "a/" * 2500 + "b", "x" * 300 + "/*", "*/" + "x" * 300])
def test_a_path_that_no_disk_has_is_an_error(tmp_path: Path, source: str) -> None:
    write(tmp_path, "a/b")
    assert codes(refusals(tmp_path, f"storage: {{c: {{uploads: ['{source}']}}}}")) == ["missing-file"]
    tasks = f"[{{command_line: a, for_each: {{files: {{local: '{source}'}}}}}}]"
    assert codes(refusals(tmp_path, "", tasks)) == ["missing-file"]


def codes(told: list[str]) -> list[str]:
    return [problem.partition("[")[2].partition("]")[0] for problem in told]


SECRET = "a secret of the user's"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file of the user's beside the folder `r` of a recipe, which has links to it."""
    write(tmp_path, "r/a.txt")
    file = tmp_path / "mine" / "key"
    file.parent.mkdir()
    file.write_text(SECRET)
    (tmp_path / "r" / "link").symlink_to(file)
    (tmp_path / "r" / "folder").symlink_to(file.parent)
    (tmp_path / "r" / "chain").symlink_to("link")
    return file


PATHS = ("../mine/key", "ABSOLUTE", "link", "chain", "folder/key", "./a/../../mine/key", "folder/../mine/key")


@pytest.mark.parametrize("path", PATHS)
def test_no_table_outside_of_the_recipes_folder_is_read(tmp_path: Path, outside: Path, path: str) -> None:
    tasks = f"[{{for_each: {{rows: '{path.replace('ABSOLUTE', str(outside))}'}}, command_line: a}}]"
    told = refusals(tmp_path / "r", "", tasks)
    assert codes(told) == ["files-outside"]
    assert SECRET not in str(told)


@pytest.mark.parametrize("path", [*PATHS, "../mine", "../mine/*", "../**", "folder/*", "folder"])
def test_nothing_outside_of_the_recipes_folder_is_uploaded(tmp_path: Path, outside: Path, path: str) -> None:
    path = path.replace("ABSOLUTE", str(outside))
    assert codes(refusals(tmp_path / "r", f"storage: {{c: {{uploads: ['{path}']}}}}")) == ["files-outside"]


@pytest.mark.parametrize("path", ["../mine/key", "link", "../mine", "../mine/*"])
def test_what_the_user_allows_is_read(tmp_path: Path, outside: Path, path: str) -> None:
    access = ReadAccess.of_recipe(tmp_path / "r").with_allowed([AllowedPath.of("mine", tmp_path)])
    found = inputs_of(tmp_path / "r", f"storage: {{c: {{uploads: ['{path}']}}}}", access=access).files["c"]
    assert [file.source for file in found] == [str(outside.resolve())]


def test_the_default_of_a_file_is_no_word_of_the_user(tmp_path: Path, outside: Path) -> None:
    sections = (
        f"parameters: {{f: {{type: file, default: {outside}}}}}\nstorage: {{c: {{uploads: ['${{{{ params.f }}}}']}}}}"
    )
    assert codes(refusals(tmp_path / "r", sections)) == ["files-outside"]


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the names of sockets are short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


@pytest.mark.parametrize("make", [make_pipe, make_socket])
def test_only_regular_files_are_read_and_none_is_waited_for(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "x.csv")
    tasks = "[{for_each: {rows: x.csv}, command_line: a}]"
    assert codes(refusals(tmp_path, "storage: {c: {uploads: [x.csv]}}", tasks)) == ["not-a-file", "not-a-file"]


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "/proc/self/environ", "/dev/null"])
def test_nothing_of_the_kernel_is_read_even_if_it_is_allowed(tmp_path: Path, path: str) -> None:
    access = ReadAccess.of_recipe(tmp_path).with_allowed([AllowedPath("/")])
    tasks = f"[{{for_each: {{rows: {path}}}, command_line: a}}]"
    if Path(path).exists():
        assert codes(refusals(tmp_path, "", tasks, access)) in (["files-outside"], ["not-a-file"])


def test_the_tables_of_a_recipe_have_a_limit_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recipebatch.inputs.input_reader.MAX_TABLE_BYTES", 10)
    for name, size in (("a", 6), ("b", 6), ("c", 11)):
        (tmp_path / f"{name}.csv").write_bytes(b"x" * size)
    tasks = ", ".join(f"{{name: {name}, for_each: {{rows: {name}.csv}}, command_line: a}}" for name in "abc")
    told = refusals(tmp_path, "", f"[{tasks}]")
    assert codes(told) == ["file-too-large", "file-too-large"]
    assert "b.csv" not in told[0]


@pytest.mark.parametrize("pattern", ["**", "*/*", "deep", "deep/**/x"])
def test_a_bounded_number_of_files_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    write(tmp_path, *(f"deep/{number}/a.txt" for number in range(10)))
    monkeypatch.setattr("recipebatch.inputs.input_reader.ListingBudget", lambda: ListingBudget(left=9))
    told = refusals(tmp_path, f"storage: {{c: {{uploads: ['{pattern}']}}}}")
    assert codes(told) == ["too-many-files"]
    loop = f"[{{command_line: a, for_each: {{files: {{local: '{pattern}/*'}}}}}}]"
    assert codes(refusals(tmp_path, "", loop)) == ["too-many-files"]


def test_files_times_patterns_are_bounded_for_all_uploads_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, *(f"d/{number}.txt" for number in range(10)))
    upload = "{source: 'd/*', prefix: PREFIX/, exclude: [x1, x2, x3]}"
    both = f"storage: {{c: {{uploads: [{upload.replace('PREFIX', 'a')}, {upload.replace('PREFIX', 'b')}]}}}}"
    monkeypatch.setattr("recipebatch.inputs.input_reader.MAX_MATCHES", 60)
    assert len(blobs(inputs_of(tmp_path, both))) == 20
    monkeypatch.setattr("recipebatch.inputs.input_reader.MAX_MATCHES", 59)
    assert codes(refusals(tmp_path, both)) == ["too-many-files"]


def test_the_whole_machine_as_a_source_ends_in_an_error(tmp_path: Path) -> None:
    program = """\
import sys
from processes import peak_memory_mib
from recipebatch.files import AllowedPath, ListingBudget, ReadAccess
from recipebatch.inputs import RequiredInputs, RequiredUpload, read_local_inputs
from recipebatch.errors import InvalidRecipeError, SourcePosition
from pathlib import Path
access = ReadAccess.of_recipe(Path(sys.argv[1]))
if len(sys.argv) > 2:
    access = access.with_allowed([AllowedPath("/")])
at = SourcePosition("r.yaml", 1, 1)
for source in ("/", "/**", "/proc/**", "/*/**"):
    upload = RequiredUpload(container="c", at=at, source=source, exclude=("**",), prefix="", metadata=())
    try:
        read_local_inputs(RequiredInputs(folder=Path(sys.argv[1]), uploads=(upload,), tables=()), access=access)
    except InvalidRecipeError as error:
        print(error.problems[0].code)
print(peak_memory_mib() < 300)
"""
    for allowed in ((), ("all",)):
        arguments = [sys.executable, "-c", program, str(tmp_path), *allowed]
        done = subprocess.run(
            arguments,
            timeout=60,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": FOLDER},
        )
        told = done.stdout.split()
        assert told[-1] == "True"
        expected = {"files-outside", "too-many-files", "missing-file"} if allowed else {"files-outside"}
        assert set(told[:-1]) <= expected
        assert len(told) == 5


def test_git_keeps_what_it_knows_of_remotes_to_itself(tmp_path: Path) -> None:
    write(tmp_path, ".git/config", "a.txt", "b/.git/config", "c/.GIT")
    assert blobs(inputs_of(tmp_path, "storage: {c: {uploads: ['**']}}")) == ["a.txt"]
    for source in (".git/config", ".git", "b/../.git/*", "b/.git/config", "c/.GIT"):
        assert codes(refusals(tmp_path, f"storage: {{c: {{uploads: ['{source}']}}}}")) == ["files-outside"]
