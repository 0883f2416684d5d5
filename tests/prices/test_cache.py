from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recipebatch.prices.cache import PriceCache, cache_folder

NOW = datetime(2026, 1, 2, tzinfo=UTC)
METERS = [{"armSkuName": "Standard_D4s_v5", "retailPrice": "0.2"}]


def test_meters_are_kept_for_a_day(tmp_path: Path) -> None:
    cache = PriceCache(tmp_path / "new" / "folder", "https://example.org/prices")
    assert cache.meters("westeurope", "USD", "A", NOW) is None
    cache.keep("westeurope", "USD", "A", METERS, NOW)
    assert cache.meters("westeurope", "USD", "A", NOW + timedelta(hours=23)) == METERS
    assert cache.meters("westeurope", "USD", "A", NOW + timedelta(hours=24)) is None
    assert cache.meters("westeurope", "USD", "A", NOW - timedelta(hours=1)) is None, "a clock that was wrong"
    for other in (("eastus", "USD", "A"), ("westeurope", "EUR", "A"), ("westeurope", "USD", "B")):
        assert cache.meters(*other, NOW) is None
    assert PriceCache(tmp_path / "new" / "folder", "https://example.com").meters("westeurope", "USD", "A", NOW) is None


def test_a_silence_is_remembered_for_some_minutes(tmp_path: Path) -> None:
    cache = PriceCache(tmp_path, "u")
    assert cache.silence(NOW) == ""
    cache.keep_silence("no answer within 3 s", NOW)
    assert cache.silence(NOW + timedelta(minutes=4)) == "no answer within 3 s"
    assert cache.silence(NOW + timedelta(minutes=5)) == ""


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1, "asked": "now", "meters": []}', "\x00", "[" * 9999])
def test_a_file_that_cannot_be_used_is_as_none(tmp_path: Path, text: str) -> None:
    cache = PriceCache(tmp_path, "u")
    cache.keep("r", "USD", "A", METERS, NOW)
    [file] = (tmp_path / "prices").iterdir()
    file.write_text(text)
    assert cache.meters("r", "USD", "A", NOW) is None
    file.write_text(f'{{"version": 1, "asked": "{NOW.isoformat()}", "meters": [1]}}')
    assert cache.meters("r", "USD", "A", NOW) is None


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "prices").write_text("a file")
    for folder in (tmp_path, None):
        cache = PriceCache(folder, "u")
        cache.keep("r", "USD", "A", METERS, NOW)
        assert cache.meters("r", "USD", "A", NOW) is None


def test_the_folder_is_that_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder({"RECIPEBATCH_CACHE_DIR": "caches"}) == Path("caches").absolute()
    monkeypatch.setenv("XDG_CACHE_HOME", f"{os.sep}caches")
    found = cache_folder({})
    assert found is not None
    assert found.name == "recipebatch"
