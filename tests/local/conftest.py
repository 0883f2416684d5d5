"""A local account for each test, stopped at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recipebatch import local
from recipebatch.local.folders import folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The state folder of a local account for one test; the account is stopped at the end."""
    monkeypatch.setenv("RECIPEBATCH_STATE_DIR", str(tmp_path / "state"))
    yield folders().state
    local.stop(say=print)


@pytest.fixture
def said() -> list[str]:
    return []
