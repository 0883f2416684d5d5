from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.phases.collect.local_paths import folds_case, local_path, local_paths

FOLDER = Path("/somewhere/out")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.txt", "a.txt"),
        ("sub/dir/a.txt", "sub/dir/a.txt"),
        ("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd"),
        ("/etc/passwd", "%/etc/passwd"),
        ("C:\\autoexec", "C%3A%5Cautoexec"),
        ("a; rm -rf ~.txt", "a; rm -rf ~.txt"),
        ("con.txt", "%63on.txt"),
        ("trailing. ", "trailing.%20"),
        ("100%", "100%25"),
        ("recipebatch-manifest.json", "%72ecipebatch-manifest.json"),
        ("a/.git/config", "a/%2Egit/config"),
        (".GIT/hooks/post-checkout", "%2EGIT/hooks/post-checkout"),
        (".hg/hgrc", "%2Ehg/hgrc"),
        (".done", ".done"),
        ("sub/recipebatch-manifest.json", "sub/recipebatch-manifest.json"),
    ],
)
def test_a_blob_name_becomes_a_path_below_the_folder(name: str, path: str) -> None:
    assert local_path(FOLDER, name) == FOLDER / path


def test_no_hidden_file_comes_into_the_folder_the_user_works_in() -> None:
    names = [".bashrc", ".ssh/authorized_keys", "a/.done", "..."]
    paths, _ = local_paths(FOLDER, names, folds=False, is_shared=True)
    found = {path.relative_to(FOLDER).as_posix() for path in paths.values()}
    assert found == {"%2Ebashrc", "%2Essh/authorized_keys", "a/.done", "%2E.%2E"}


@given(st.text(min_size=1))
def test_no_name_leaves_the_folder(name: str) -> None:
    path = local_path(FOLDER, name)
    assert FOLDER in path.parents
    assert ".." not in path.parts


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_names_never_map_to_one_path(first: str, second: str) -> None:
    assert (local_path(FOLDER, first) == local_path(FOLDER, second)) == (first == second)


def test_a_name_that_is_too_long_for_a_disk_is_cut_and_stays_another(tmp_path: Path) -> None:
    first, second = local_path(tmp_path, "\u00e9" * 300 + "1"), local_path(tmp_path, "\u00e9" * 300 + "2")
    assert first != second
    first.write_text("fits")
    assert (tmp_path / first.name).read_text() == "fits"


def test_a_blob_and_a_folder_of_one_name_both_have_a_place() -> None:
    paths, moved = local_paths(FOLDER, ["a/b", "a", "a.txt"], folds=False)
    assert (paths["a/b"], paths["a.txt"], moved) == (FOLDER / "a/b", FOLDER / "a.txt", 1)
    assert paths["a"].parent == FOLDER
    assert paths["a"].name.startswith("a%~")


@given(st.lists(st.text(st.sampled_from("aA/.\u00e9e\u0301 "), min_size=1, max_size=6), unique=True))
def test_no_two_blobs_collide_on_a_case_insensitive_disk(names: list[str]) -> None:
    paths, _ = local_paths(FOLDER, names, folds=True)
    keys = [unicodedata.normalize("NFC", str(path)).casefold() for path in paths.values()]
    assert len(set(keys)) == len(names)
    assert not set(keys) & {str(parent) for key in keys for parent in Path(key).parents}
    assert local_paths(FOLDER, names, folds=True)[0] == paths


def test_the_disk_is_asked_and_no_link_is_followed_for_it(tmp_path: Path) -> None:
    (tmp_path / "Probe").write_text("")
    assert folds_case(tmp_path / "not" / "there") == (tmp_path / "pROBE").exists()
    folder, elsewhere = tmp_path / "results", tmp_path / "elsewhere"
    (folder / "in").mkdir(parents=True)
    elsewhere.mkdir()
    (folder / "out").symlink_to(elsewhere)
    before = elsewhere.stat().st_mtime_ns
    assert folds_case(folder, "in") == (tmp_path / "pROBE").exists()
    assert folds_case(folder, "out/in") is False
    assert elsewhere.stat().st_mtime_ns == before
    assert [path.name for path in (folder / "in").iterdir()] == []


def test_half_a_surrogate_pair_is_escaped() -> None:
    assert local_path(FOLDER, "a\ud83d/\udcff") == FOLDER / "a%D83D" / "%DCFF"
    assert len(set(local_paths(FOLDER, ["\ud83d", "\ud83e"], folds=True)[0].values())) == 2
