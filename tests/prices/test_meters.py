from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from prices.meters import meter

from recipebatch.prices.meters import kept, price_of, query, sku_name
from recipebatch.prices.model import NodeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LINUX = NodeKind("standard_d4s_v5", "linux", spot=False)
SPOT = LINUX._replace(spot=True)
WINDOWS = LINUX._replace(os="windows")


def price(items: Sequence[dict[str, Any]], kind: NodeKind = LINUX, currency: str = "USD") -> Decimal | None:
    read = json.loads(json.dumps(items), parse_float=Decimal)
    return price_of([each for item in read if (each := kept(item)) is not None], kind, currency, NOW)


@pytest.mark.parametrize(
    ("size", "sku"),
    [
        ("standard_d4s_v5", "Standard_D4s_v5"),
        ("STANDARD_D4S_V5", "Standard_D4s_v5"),
        ("Standard_NC24ads_A100_v4", "Standard_NC24ads_A100_v4"),
        ("standard_nc24ads_a100_v4", "Standard_NC24ads_A100_v4"),
        ("standard_e8-2s_v3", "Standard_E8-2s_v3"),
        ("standard_d11_v2_promo", "Standard_D11_v2_Promo"),
        ("standard_m128ms", "Standard_M128ms"),
        ("basic_a1", "Basic_A1"),
    ],
)
def test_a_size_is_spelled_as_the_price_list_does(size: str, sku: str) -> None:
    assert sku_name(size) == sku


def test_the_query_has_the_documented_filters() -> None:
    asked = parse_qs(query("westeurope", "EUR", ["Standard_D4s_v5"]))
    assert asked["currencyCode"] == ["'EUR'"]
    assert asked["$filter"] == [
        (
            "serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq 'westeurope'"
            " and armSkuName eq 'Standard_D4s_v5'"
        )
    ]
    several = parse_qs(query("west'europe", "EUR", ["A", "B"]))["$filter"][0]
    assert several.endswith("armRegionName eq 'west''europe' and (armSkuName eq 'A' or armSkuName eq 'B')")


def test_spot_low_priority_and_windows_meters_are_told_apart() -> None:
    items = [
        meter(0.2),
        meter(0.05, skuName="D4s v5 Spot", meterName="D4s v5 Spot"),
        meter(0.04, skuName="D4s v5 Low Priority", meterName="D4s v5 Low Priority"),
        meter(0.4, productName="Virtual Machines Dsv5 Series Windows"),
        meter(0.3, productName="Virtual Machines Dsv5 Series Windows", skuName="D4s v5 Spot"),
    ]
    assert price(items) == Decimal("0.2")
    assert price(items, SPOT) == Decimal("0.05"), "the dearer of both, as which one is billed is not known"
    assert price(items, WINDOWS) == Decimal("0.4")
    assert price(items, WINDOWS._replace(spot=True)) == Decimal("0.3")


@pytest.mark.parametrize(
    "changes",
    [
        {"productName": "Dsv5 Series Cloud Services"},
        {"productName": "Dsv5 Series CloudServices"},
        {"productName": "Dsv5 Series Dedicated Host"},
        {"type": "Reservation"},
        {"type": "DevTestConsumption"},
        {"currencyCode": "EUR"},
        {"unitOfMeasure": "1/Month"},
        {"tierMinimumUnits": 100.0},
        {"retailPrice": True},
        {"effectiveStartDate": "2030-01-01T00:00:00Z"},
        {"armSkuName": "Standard_D8s_v5"},
        {"retailPrice": -1.0},
        {"retailPrice": 1e30},
        {"retailPrice": "0.1"},
        {"armSkuName": None},
    ],
)
def test_other_meters_do_not_count(changes: dict[str, Any]) -> None:
    assert price([meter(9.0) | changes]) is None
    assert price([meter(0.2), meter(9.0) | changes]) == Decimal("0.2")


def test_the_newest_price_of_a_primary_meter_counts() -> None:
    items = [
        meter(0.2, effectiveStartDate="2025-01-01T00:00:00Z"),
        meter(0.1, effectiveStartDate="2020-01-01T00:00:00Z"),
        meter(0.3, effectiveStartDate="2025-06-01T00:00:00Z", isPrimaryMeterRegion=False),
    ]
    assert price(items) == Decimal("0.2")
    assert price([meter(0.25, effectiveStartDate="soon")]) == Decimal("0.25")


@pytest.mark.parametrize("changes", [{"retailPrice": "much"}, {"retailPrice": None}, {"armSkuName": 7}])
def test_a_kept_meter_that_someone_has_changed_is_no_price(changes: dict[str, Any]) -> None:
    items = [meter(0.2) | {"retailPrice": "0.2"}, meter(9) | {"retailPrice": "9"} | changes]
    assert price_of(items, LINUX, "USD", NOW) == Decimal("0.2")


def test_what_is_no_meter_is_left_out() -> None:
    assert kept("text") is None
    whole = kept(json.loads(json.dumps(meter(1)), parse_float=Decimal))
    assert whole is not None
    assert (whole["retailPrice"], whole["tierMinimumUnits"], whole["isPrimaryMeterRegion"]) == ("1", "0.0", True)
    assert "meterId" not in whole
