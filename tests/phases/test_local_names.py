from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.phases.local_names import local_path

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
        ("sub/recipebatch-manifest.json", "sub/recipebatch-manifest.json"),
    ],
)
def test_a_blob_name_becomes_a_path_below_the_folder(name: str, path: str) -> None:
    assert local_path(FOLDER, name) == FOLDER / path


@given(st.text(min_size=1))
def test_no_name_leaves_the_folder(name: str) -> None:
    path = local_path(FOLDER, name)
    assert FOLDER in path.parents
    assert ".." not in path.parts


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_names_never_meet_in_one_path(first: str, second: str) -> None:
    assert (local_path(FOLDER, first) == local_path(FOLDER, second)) == (first == second)
