from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import LocalAccountError
from recipebatch.local.keys import new_key, stored_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = stored_key(tmp_path / "storage.key")
    assert stored_key(tmp_path / "storage.key").reveal() == first.reveal()
    assert (tmp_path / "storage.key").stat().st_mode & 0o777 == 0o600
    assert len(base64.b64decode(first.reveal())) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["storage.key"]


def test_a_key_without_its_line_end_is_read(tmp_path: Path) -> None:
    key = new_key()
    (tmp_path / "storage.key").touch(0o600)
    (tmp_path / "storage.key").write_text(key.reveal())
    assert stored_key(tmp_path / "storage.key").reveal() == key.reveal()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\0" * 89, "is damaged"),
        (b"not base64!", "is damaged"),
        (base64.b64encode(b"x" * 63), "is damaged"),
        (base64.b64encode(b"x" * 64)[:-10], "is damaged"),
        (b"\xff" * 88, "is damaged"),
    ],
)
def test_a_damaged_key_is_an_error_with_a_hint_and_is_not_replaced(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "storage.key"
    path.write_bytes(content)
    with pytest.raises(LocalAccountError, match=message) as error:
        stored_key(path)
    assert f"delete {path}" in str(error.value.hint)
    assert path.read_bytes() == content
