from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch import bundled_files

if TYPE_CHECKING:
    from types import ModuleType

SCRIPT = bundled_files.root() / "node" / "thumbnail.py"


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("thumbnail", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT_MODULE: Any = loaded()


@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_what_is_written_is_read_back(width: int, height: int, data: st.DataObject) -> None:
    rows = [data.draw(st.binary(min_size=width, max_size=width)) for _ in range(height)]
    assert SCRIPT_MODULE.read(SCRIPT_MODULE.write(rows)) == (width, 1, rows)


def test_four_points_become_their_mean_and_odd_ends_are_left_out() -> None:
    assert SCRIPT_MODULE.halved(3, 1, [bytes([0, 10, 99]), bytes([20, 30, 99]), bytes([9, 9, 9])]) == [bytes([15])]
    assert SCRIPT_MODULE.halved(2, 3, [bytes([0, 30, 60] * 2)] * 2) == [bytes([30])]


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_told_with_its_name(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    assert SCRIPT_MODULE.main([str(path), str(tmp_path / "b.png")]) == 1
    assert "a.png" in capsys.readouterr().err
    assert not Path(tmp_path / "b.png").exists()
