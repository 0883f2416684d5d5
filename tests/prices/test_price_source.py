from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from prices.meters import meter

from recipebatch.prices import LOCAL_REGION, NodeKind, PriceSource, RateCard
from recipebatch.prices.cache import PriceCache
from recipebatch.prices.meters import kept
from recipebatch.prices.own_prices import OwnPrices
from recipebatch.prices.retail_api import NoPricesError

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LINUX = NodeKind("standard_d4s_v5", "linux", spot=False)
SPOT = LINUX._replace(spot=True)
D8 = LINUX._replace(vm_size="standard_d8s_v5")


class Api:
    """Gives meters of D4s v5 in the currency that is asked for, or why it gives none."""

    def __init__(self, why: str = "") -> None:
        self.why = why
        self.asked: list[tuple[str, str, tuple[str, ...]]] = []

    def meters(self, region: str, currency: str, skus: list[str]) -> list[dict[str, Any]]:
        self.asked.append((region, currency, tuple(skus)))
        if self.why:
            raise NoPricesError(self.why)
        found = kept(json.loads(json.dumps(meter(0.2, currencyCode=currency)), parse_float=Decimal))
        assert found is not None
        return [found]


def source(tmp_path: Path, api: Any, **changes: Any) -> PriceSource:
    values: dict[str, Any] = {"region": "westeurope", "currency": None, "own": None, "cache": PriceCache(tmp_path, "u")}
    return PriceSource(api=api, **values | changes)


def own(region: str, price: str, currency: str = "EUR") -> OwnPrices:
    sizes = {"standard_d4s_v5": {"per_hour": Decimal(price)}}
    return OwnPrices(file="prices.yaml", currency=currency, regions={region: sizes})


def test_azure_is_asked_once_a_day_and_for_several_sizes_at_once(tmp_path: Path) -> None:
    api = Api()
    card = source(tmp_path, api).card({LINUX, SPOT, D8}, NOW)
    assert card.currency == "USD"
    assert (card.rate(LINUX).per_hour, card.rate(LINUX).source) == (Decimal("0.2"), "Azure retail price")
    assert card.rate(SPOT).why_unknown == "Azure has none for spot Standard_D4s_v5 with Linux"
    assert card.rate(D8).why_unknown == "Azure has none for Standard_D8s_v5 with Linux"
    assert source(tmp_path, api).card({LINUX, D8}, NOW + timedelta(hours=1)) == RateCard(
        currency="USD", rates={kind: card.rate(kind) for kind in (LINUX, D8)}
    )
    assert api.asked == [("westeurope", "USD", ("Standard_D4s_v5", "Standard_D8s_v5"))]
    source(tmp_path, api).card({LINUX}, NOW + timedelta(days=1))
    assert len(api.asked) == 2


def test_the_own_file_comes_first_and_its_currency_counts(tmp_path: Path) -> None:
    api = Api()
    found = source(tmp_path, api, own=own("westeurope", "0.1"), currency="GBP").card({LINUX, D8}, NOW, currency="CHF")
    assert found.currency == "EUR"
    assert (found.rate(LINUX).per_hour, found.rate(LINUX).source) == (Decimal("0.1"), "prices.yaml")
    assert api.asked == [("westeurope", "EUR", ("Standard_D8s_v5",))]


@pytest.mark.parametrize(
    ("asked", "setting", "currency"), [("CHF", "GBP", "CHF"), (None, "GBP", "GBP"), (None, None, "USD")]
)
def test_a_recipe_asks_for_a_currency_before_the_settings(
    tmp_path: Path, asked: str | None, setting: str | None, currency: str
) -> None:
    assert source(tmp_path, Api(), currency=setting).card({LINUX}, NOW, currency=asked).currency == currency


def test_without_an_answer_the_price_is_unknown_and_the_next_command_does_not_wait(tmp_path: Path) -> None:
    api = Api("offline")
    for _ in range(2):
        assert source(tmp_path, api).card({LINUX}, NOW).rate(LINUX).why_unknown == "offline"
    assert len(api.asked) == 1
    assert source(tmp_path, Api()).card({LINUX}, NOW + timedelta(minutes=6)).rate(LINUX).per_hour == Decimal("0.2")


def test_this_machine_is_free_unless_the_file_names_it(tmp_path: Path) -> None:
    def price(prices: OwnPrices | None) -> Decimal | None:
        return source(tmp_path, Api("asked"), region=LOCAL_REGION, own=prices).card({LINUX}, NOW).rate(LINUX).per_hour

    assert price(None) == 0
    assert price(own("*", "0.1")) == 0
    assert price(own("local", "0.1")) == Decimal("0.1")
    assert source(tmp_path, None, region=LOCAL_REGION).card({LINUX}, NOW).is_free


def test_why_a_price_is_unknown_is_said(tmp_path: Path) -> None:
    def why(**changes: Any) -> str:
        api = changes.pop("api", Api())
        return source(tmp_path, api, **changes).card({LINUX}, NOW).rate(LINUX).why_unknown

    assert why(region="") == "the region of the account is not known"
    assert why(api=None) == "not in the file of prices"
    assert RateCard(currency="USD").rate(LINUX).why_unknown == "not asked for"
    assert not RateCard(currency="USD").is_free
