from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.phases.collect.disk import Disk
from recipebatch.phases.collect.local_paths import is_kept, local_path, local_paths

FOLDER = Path("/somewhere/out")


class ADisk(Disk):
    """One that takes every name, or as Windows has it."""

    def __init__(self, *, as_windows: bool = False, folds: bool = False) -> None:
        super().__init__()
        self._as_windows = as_windows
        self.folds_case = folds

    def takes(self, name: str) -> bool:
        refused = set('<>:"|?*\\') & set(name) or name[-1] in ". " or name.lower() in {"con", "aux", "nul", "com1"}
        return len(name.encode()) <= 255 and not (self._as_windows and refused)


LINUX, WINDOWS, FOLDS = ADisk(), ADisk(as_windows=True), ADisk(folds=True)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.txt", "a.txt"),
        ("sub/dir/a.txt", "sub/dir/a.txt"),
        ("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd"),
        ("/etc/passwd", "%/etc/passwd"),
        ("a//b/", "a/%/b/%"),
        ("a; rm -rf ~.txt", "a; rm -rf ~.txt"),
        ("a\x00", "a%00"),
        ("recipebatch-manifest.json", "%72ecipebatch-manifest.json"),
        ("a/.git/config", "a/%2Egit/config"),
        (".GIT/hooks/post-checkout", "%2EGIT/hooks/post-checkout"),
        (".hg/hgrc", "%2Ehg/hgrc"),
        (".done", ".done"),
        ("sub/recipebatch-manifest.json", "sub/recipebatch-manifest.json"),
    ],
)
def test_a_blob_name_becomes_a_path_below_the_folder(name: str, path: str) -> None:
    assert local_path(FOLDER, name, LINUX) == FOLDER / path


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("2024-01-01T12:00:00.csv", "2024-01-01T12%3A00%3A00.csv"),
        ("100%.csv", "100%.csv"),
        ("%61ux.csv", "%61ux.csv"),
        ("100%25", "100%25"),
        ("aux.csv", "%61ux.csv"),
        ("con", "%63on"),
        ("trailing.", "trailing%2E"),
        ("trailing. ", "trailing.%20"),
        ("a?b*c", "a%3Fb%2Ac"),
        ("back\\slash", "back%5Cslash"),
        ("C:\\autoexec", "C%3A%5Cautoexec"),
        ('<a>|"b"', "%3Ca%3E%7C%22b%22"),
    ],
)
def test_a_name_is_changed_only_where_the_disk_cannot_have_it(name: str, there: str) -> None:
    assert local_path(FOLDER, f"d/{name}", LINUX) == FOLDER / "d" / name
    assert local_path(FOLDER, f"d/{name}", WINDOWS) == FOLDER / "d" / there


def test_how_many_names_are_changed_is_known() -> None:
    names = ["a:b", "a%3Ab", "c", "x/y", "x"]
    paths, changed = local_paths(FOLDER, names, LINUX)
    assert (paths["a:b"], paths["a%3Ab"], changed) == (FOLDER / "a:b", FOLDER / "a%3Ab", 1)
    paths, changed = local_paths(FOLDER, names, WINDOWS)
    assert (paths["a%3Ab"], paths["c"], changed) == (FOLDER / "a%3Ab", FOLDER / "c", 2)
    assert paths["a:b"].name.startswith("a%3Ab%~")


def test_no_hidden_file_comes_into_the_folder_the_user_works_in() -> None:
    names = [".bashrc", ".ssh/authorized_keys", "a/.done", "..."]
    paths, changed = local_paths(FOLDER, names, LINUX, is_shared=True)
    found = {path.relative_to(FOLDER).as_posix() for path in paths.values()}
    assert (found, changed) == ({"%2Ebashrc", "%2Essh/authorized_keys", "a/.done", "%2E.."}, 3)


@given(st.text(min_size=1), st.sampled_from([LINUX, WINDOWS]))
def test_no_name_leaves_the_folder(name: str, disk: ADisk) -> None:
    path = local_path(FOLDER, name, disk)
    assert FOLDER in path.parents
    assert ".." not in path.parts


@given(st.lists(st.text(st.sampled_from("a%3A:/.x"), min_size=1, max_size=6), unique=True), st.booleans())
def test_two_names_never_map_to_one_path(names: list[str], as_windows: bool) -> None:  # noqa: FBT001 - a value
    paths, _ = local_paths(FOLDER, names, ADisk(as_windows=as_windows))
    assert len(set(paths.values())) == len(names)
    assert not set(paths.values()) & {parent for path in paths.values() for parent in path.parents}


def test_a_name_that_is_too_long_for_a_disk_is_cut_and_stays_another(tmp_path: Path) -> None:
    first, second = (local_path(tmp_path, "\u00e9" * 300 + each, LINUX) for each in "12")
    assert first != second
    first.write_text("fits")
    assert (tmp_path / first.name).read_text() == "fits"
    assert local_path(tmp_path, "x" * 255, LINUX).name == "x" * 255
    paths, changed = local_paths(FOLDER, ["x" * 255 + "/a", "x" * 255], LINUX)
    assert (len(paths["x" * 255].name) <= 255, changed) == (True, 1)


def test_a_blob_and_a_folder_of_one_name_both_have_a_place() -> None:
    paths, changed = local_paths(FOLDER, ["a/b", "a", "a.txt"], LINUX)
    assert (paths["a/b"], paths["a.txt"], changed) == (FOLDER / "a/b", FOLDER / "a.txt", 1)
    assert paths["a"].parent == FOLDER
    assert paths["a"].name.startswith("a%~")


def test_names_that_differ_by_case_alone_are_kept_where_the_disk_keeps_them_apart() -> None:
    assert local_paths(FOLDER, ["A.txt", "a.txt"], LINUX)[1] == 0
    assert local_paths(FOLDER, ["A.txt", "a.txt"], FOLDS)[1] == 1


@given(st.lists(st.text(st.sampled_from("aA/.\u00e9e\u0301 "), min_size=1, max_size=6), unique=True))
def test_no_two_blobs_collide_on_a_case_insensitive_disk(names: list[str]) -> None:
    paths, _ = local_paths(FOLDER, names, FOLDS)
    keys = [unicodedata.normalize("NFC", str(path)).casefold() for path in paths.values()]
    assert len(set(keys)) == len(names)
    assert not set(keys) & {str(parent) for key in keys for parent in Path(key).parents}
    assert local_paths(FOLDER, names, FOLDS)[0] == paths


def test_half_a_surrogate_pair_is_escaped() -> None:
    assert local_path(FOLDER, "a\ud83d/\udcff", LINUX) == FOLDER / "a%D83D" / "%DCFF"
    assert len(set(local_paths(FOLDER, ["\ud83d", "\ud83e"], FOLDS)[0].values())) == 2


def test_a_name_is_kept_in_every_folder_also_the_current_one() -> None:
    for folder in (Path(), Path("out"), Path("/out")):
        for name in ("stdout.txt", "wd/a:b"):
            assert is_kept(folder, name, local_path(folder, name, LINUX))
        assert not is_kept(folder, "a//b", local_path(folder, "a//b", LINUX))
    assert local_paths(Path(), ["a.txt", "b/c.txt"], LINUX)[1] == 0
