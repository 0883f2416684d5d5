"""What the user agreed to run is remembered by its digest, in a folder of the user's own."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from recipebatch.config import trusted_recipes
from recipebatch.config.trusted_recipes import digest_of, is_trusted, trust

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "a" * 64


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state" / "trusted-recipes"


def test_what_is_trusted_is_remembered_for_this_user_only(state: Path, tmp_path: Path) -> None:
    folder = str(tmp_path / "r")
    assert not is_trusted(DIGEST, recipe_folder=folder)
    assert trust(DIGEST, recipe_folder=folder)
    assert is_trusted(DIGEST, recipe_folder=folder)
    assert not is_trusted("b" * 64, recipe_folder=folder)
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE((state / DIGEST).stat().st_mode) == 0o600


def test_nothing_is_remembered_in_the_folder_of_the_recipe(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.mkdir(parents=True)
    (state / DIGEST).write_text("")
    assert is_trusted(DIGEST, recipe_folder=str(tmp_path / "elsewhere"))
    assert not is_trusted(DIGEST, recipe_folder=str(tmp_path))
    assert not trust("b" * 64, recipe_folder=str(tmp_path))
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", "/proc/nowhere")
    assert not trust(DIGEST, recipe_folder=str(tmp_path))
    assert not is_trusted(DIGEST, recipe_folder=str(tmp_path))


def test_every_text_and_every_byte_of_a_file_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path.resolve() / "a"
    file.write_bytes(b"one")
    first = digest_of(["ab", "c"], [str(file)])
    assert digest_of(["ab", "c"], [str(file)]) == first
    assert digest_of(["a", "bc"], [str(file)]) != first
    file.write_bytes(b"two")
    assert digest_of(["ab", "c"], [str(file)]) != first
    file.unlink()
    assert digest_of(["ab", "c"], [str(file)]) != digest_of(["ab", "c"], [])
    monkeypatch.setattr(trusted_recipes, "MAX_HASHED_BYTES", 0)
    file.write_bytes(b"large")
    large = digest_of([], [str(file)])
    file.write_bytes(b"larger")
    assert digest_of([], [str(file)]) != large
