"""PriceCache: meters of the Azure Retail Prices API in the user's cache folder, for a day."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipebatch.files import read_regular

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CACHE_VARIABLE = "RECIPEBATCH_CACHE_DIR"
_FRESH = timedelta(days=1)
_SILENT = timedelta(minutes=5)
_VERSION = 1
_MAX_BYTES = 1_000_000


def cache_folder(environ: Mapping[str, str]) -> Path | None:
    """RECIPEBATCH_CACHE_DIR, or the user's cache folder of the system; None without a home. Creates nothing."""
    import platformdirs

    chosen = environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).absolute()
    folder = platformdirs.user_cache_path("recipebatch", appauthor=False)
    # A relative one would lie in the current folder.
    return folder if folder.is_absolute() else None


class PriceCache:
    """One file for each size, region, currency and address; a file that cannot be used is as none.

    Args:
        folder: of recipebatch's caches, which need not exist or be writable; None keeps nothing.
        url: of the API.
    """

    def __init__(self, folder: Path | None, url: str) -> None:
        self._folder = (folder or Path(os.devnull)) / "prices"
        self._url = url

    def meters(self, region: str, currency: str, sku: str, now: datetime) -> list[dict[str, Any]] | None:
        """The meters of a size that were asked for within a day, perhaps none; None if it was not asked for."""
        body = self._read(self._path(region, currency, sku), now, _FRESH)
        meters = body.get("meters") if body is not None else None
        if not isinstance(meters, list) or not all(isinstance(meter, dict) for meter in meters):
            return None
        return meters

    def keep(self, region: str, currency: str, sku: str, meters: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Keep the meters of a size."""
        self._write(self._path(region, currency, sku), {"asked": now.isoformat(), "meters": list(meters)})

    def silence(self, now: datetime) -> str:
        """Why the API did not answer a few minutes ago; empty if it did, or was not asked."""
        body = self._read(self._path("silent"), now, _SILENT)
        return str(body.get("why", "")) if body is not None else ""

    def keep_silence(self, why: str, now: datetime) -> None:
        """Keep that the API did not answer, so that the next commands do not wait for it too."""
        self._write(self._path("silent"), {"asked": now.isoformat(), "why": why})

    def _path(self, *key: str) -> Path:
        digest = hashlib.sha256("\n".join((self._url, *key)).encode()).hexdigest()
        return self._folder / f"{digest[:32]}.json"

    def _read(self, path: Path, now: datetime, fresh: timedelta) -> dict[str, Any] | None:
        try:
            body = json.loads(read_regular(str(path), _MAX_BYTES))
            asked = datetime.fromisoformat(body["asked"])
            usable = body["version"] == _VERSION and timedelta() <= now - asked < fresh
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return body if usable else None

    def _write(self, path: Path, body: Mapping[str, Any]) -> None:
        # Another command may write the same file: each writes a file of its own, and moves it there.
        new = path.with_name(f"{path.name}.{os.getpid()}")
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                new.write_text(json.dumps({"version": _VERSION, **body}), encoding="utf-8")
                new.replace(path)
            finally:
                new.unlink(missing_ok=True)
