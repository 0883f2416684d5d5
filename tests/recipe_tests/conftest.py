from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from recipe_tests.demo import RECIPE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "demo.yaml").write_text(RECIPE)
    (tmp_path / "a.txt").write_text("a")
    monkeypatch.chdir(tmp_path)
    return tmp_path
