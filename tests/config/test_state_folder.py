from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from recipebatch.config.state_folder import user_state_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_the_variable_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", str(tmp_path))
    assert user_state_folder() == tmp_path


@pytest.mark.parametrize("home", ["relative", "./here"])
def test_without_a_home_folder_it_is_nowhere_and_not_in_the_current_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECIPEBATCH_STATE_DIR", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", home)
    assert user_state_folder().is_relative_to(os.devnull)
