"""PriceSource: the price of a node from a team's own file, else from Azure; why it is not known, never an error."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from recipebatch.prices.meters import price_of, sku_name
from recipebatch.prices.model import LOCAL_REGION, NodeKind, Rate, RateCard
from recipebatch.prices.retail_api import NoPricesError

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from typing import Any

    from recipebatch.prices.cache import PriceCache
    from recipebatch.prices.own_prices import OwnPrices
    from recipebatch.prices.retail_api import RetailApi

AZURE = "Azure retail price"
FREE = "local: free"
_USD = "USD"
_MOST_SIZES = 20
"""VM sizes of one question; each makes its address longer."""


class PriceSource:
    """The prices of one account.

    Args:
        region: of the account, such as `westeurope`; empty if it is not known, `local` for this machine.
        currency: of Azure's prices, as the settings say; None is what a recipe asks for, else USD.
        own: the team's file, or None.
        api: Azure's prices, or None if they are switched off.
        cache: of Azure's prices.
    """

    def __init__(
        self, *, region: str, currency: str | None, own: OwnPrices | None, api: RetailApi | None, cache: PriceCache
    ) -> None:
        self.region = region
        self._currency = currency
        self._own = own
        self._api = api
        self._cache = cache

    def card(self, kinds: Collection[NodeKind], now: datetime, *, currency: str | None = None) -> RateCard:
        """The prices of some kinds of nodes.

        Args:
            kinds: those to ask for.
            now: the time, by which prices are chosen and kept ones become old.
            currency: what a recipe asks for; the file of own prices is in its own.
        """
        asked = self._own.currency if self._own is not None else currency or self._currency or _USD
        found: dict[NodeKind, Rate] = {}
        for kind in sorted(kinds):
            if (rate := self._own_rate(kind)) is not None:
                found[kind] = rate
            elif self.region == LOCAL_REGION:
                found[kind] = Rate(per_hour=Decimal(0), source=FREE)
        if left := [kind for kind in sorted(kinds) if kind not in found]:
            found |= self._azure(left, asked, now)
        return RateCard(currency=asked, rates=found)

    def _own_rate(self, kind: NodeKind) -> Rate | None:
        if self._own is None or (self.region == LOCAL_REGION and LOCAL_REGION not in self._own.regions):
            return None
        return self._own.rate(self.region, kind)

    def _azure(self, kinds: Collection[NodeKind], currency: str, now: datetime) -> dict[NodeKind, Rate]:
        if self._api is None:
            return dict.fromkeys(kinds, Rate(why_unknown="not in the file of prices"))
        if not self.region:
            return dict.fromkeys(kinds, Rate(why_unknown="the region of the account is not known"))
        skus = sorted({sku_name(kind.vm_size) for kind in kinds})
        meters: dict[str, list[dict[str, Any]]] = {}
        for sku in skus:
            if (found := self._cache.meters(self.region, currency, sku, now)) is not None:
                meters[sku] = found
        why = ""
        if missing := [sku for sku in skus if sku not in meters]:
            why = self._ask(self._api, missing, currency, now, meters)
        rates = {}
        for kind in kinds:
            sku = sku_name(kind.vm_size)
            price = price_of(meters.get(sku, ()), kind, currency, now)
            if price is not None:
                rates[kind] = Rate(per_hour=price, source=AZURE)
            else:
                rates[kind] = Rate(why_unknown=why if sku not in meters else f"Azure has none for {_text(kind)}")
        return rates

    def _ask(
        self,
        api: RetailApi,
        skus: list[str],
        currency: str,
        now: datetime,
        meters: dict[str, list[dict[str, Any]]],
    ) -> str:
        """Add the meters of some sizes; why there are none, empty if there are."""
        if why := self._cache.silence(now):
            return why
        try:
            for first in range(0, len(skus), _MOST_SIZES):
                part = skus[first : first + _MOST_SIZES]
                answered = api.meters(self.region, currency, part)
                for sku in part:
                    meters[sku] = [meter for meter in answered if meter["armSkuName"] == sku]
                    self._cache.keep(self.region, currency, sku, meters[sku], now)
        except NoPricesError as error:
            self._cache.keep_silence(str(error), now)
            return str(error)
        return ""


def _text(kind: NodeKind) -> str:
    return f"{'spot ' if kind.spot else ''}{sku_name(kind.vm_size)} with {kind.os.capitalize()}"
