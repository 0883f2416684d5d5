"""Where prices come from: `prices:` of `accounts.yaml`, and RECIPEBATCH_PRICES."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recipebatch.config.accounts import read_settings
from recipebatch.config.current_folder import current_folder
from recipebatch.errors import SourcePosition, UsageError
from recipebatch.vocabulary.money import is_currency

if TYPE_CHECKING:
    from collections.abc import Mapping

RETAIL_PRICES_URL = "https://prices.azure.com/api/retail/prices"
FILE_VARIABLE = "RECIPEBATCH_PRICES"
OFF = "off"
_KEYS = ("file", "currency", "url")
_EXAMPLE = "for example `prices: {file: prices.yaml, currency: EUR}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSettings:
    """Where prices come from.

    Attributes:
        file: the team's own prices, or None.
        currency: of Azure's prices; None is not said.
        url: of the Azure Retail Prices API; empty asks for none.
    """

    file: Path | None = None
    currency: str | None = None
    url: str = RETAIL_PRICES_URL


def price_settings(environ: Mapping[str, str], accounts_file: Path) -> PriceSettings:
    """The settings; RECIPEBATCH_PRICES names a file instead of that of `accounts.yaml`.

    A relative path starts at the folder of `accounts.yaml`, one of the environment at the current folder.

    Raises:
        UsageError: `prices:` is something else than a path or a mapping of file, currency and url.
    """
    from_environment = environ.get(FILE_VARIABLE)
    own = current_folder() / from_environment if from_environment else None
    body = read_settings(accounts_file) if accounts_file.is_file() else {}
    written = body.get("prices")
    if written is None:
        return PriceSettings(file=own)
    if isinstance(written, str):
        return PriceSettings(file=own or accounts_file.parent / Path(written).expanduser())
    if not isinstance(written, dict):
        raise UsageError("prices must be the path of a file, or a mapping", hint=_EXAMPLE, at=_at(accounts_file, body))
    for key, value in written.items():
        if key not in _KEYS:
            hint = "it takes " + ", ".join(_KEYS)
            raise UsageError(f"prices: unknown key {key!r}", hint=hint, at=_at(accounts_file, written, key))
        if not isinstance(value, str):
            # YAML 1.1 reads `off` as false; 1.2, which is read here, as a text.
            raise UsageError(f"prices: {key} must be a text", hint=_EXAMPLE, at=_at(accounts_file, written, key))
    currency, url = written.get("currency"), written.get("url", RETAIL_PRICES_URL)
    if currency is not None and not is_currency(currency):
        raise UsageError(
            f"prices: currency must be the code of a currency in capitals, not {currency!r}",
            hint="for example EUR",
            at=_at(accounts_file, written, "currency"),
        )
    if url != OFF and not _is_address(url):
        raise UsageError(
            "prices: url must be an address of HTTP, without a query, or off",
            hint=f"without it, {RETAIL_PRICES_URL} is asked",
            at=_at(accounts_file, written, "url"),
        )
    file = written.get("file")
    return PriceSettings(
        file=own or (accounts_file.parent / Path(file).expanduser() if file else None),
        currency=currency,
        url="" if url == OFF else url,
    )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and parts.port != 0
    except ValueError:
        return False


def _at(path: Path, mapping: Any, key: str = "prices") -> SourcePosition:
    line, column = mapping.lc.key(key) if key in (mapping.lc.data or {}) else (mapping.lc.line, mapping.lc.col)
    return SourcePosition(str(path), line + 1, column + 1)
