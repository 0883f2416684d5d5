"""The prices of an account, as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.config.accounts import LOCAL
from recipebatch.config.price_settings import price_settings
from recipebatch.prices.cache import PriceCache, cache_folder
from recipebatch.prices.model import LOCAL_REGION
from recipebatch.prices.own_prices import read_own_prices
from recipebatch.prices.price_source import PriceSource
from recipebatch.prices.retail_api import RetailApi

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def account_prices(account: str, region: str, environ: Mapping[str, str], accounts_file: Path) -> PriceSource:
    """The prices of an account; asks for none yet.

    Args:
        account: its name; the local one is free unless a file of prices has the region `local`.
        region: of it; empty if it is not known.
        environ: the user's environment.
        accounts_file: `accounts.yaml`, which need not exist.

    Raises:
        UsageError: the settings or the file of prices are not valid, with the position.
    """
    settings = price_settings(environ, accounts_file)
    return PriceSource(
        region=LOCAL_REGION if account == LOCAL else region,
        currency=settings.currency,
        own=None if settings.file is None else read_own_prices(settings.file),
        api=RetailApi(settings.url) if settings.url else None,
        cache=PriceCache(cache_folder(environ), settings.url),
    )
