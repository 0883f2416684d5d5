"""Meters of the Azure Retail Prices API → the price of a kind of node. Pure.

Source: "Azure Retail Prices overview" (properties, filters, case of filter values).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from recipebatch.vocabulary.money import price_per_hour

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from recipebatch.prices.model import NodeKind

KEPT = (
    "armSkuName",
    "currencyCode",
    "effectiveStartDate",
    "isPrimaryMeterRegion",
    "meterName",
    "productName",
    "retailPrice",
    "skuName",
    "tierMinimumUnits",
    "type",
    "unitOfMeasure",
)
"""The properties of a meter that its choice depends on."""

_HOUR = "1 hour"
_SPOT_NAMES = ("spot", "low priority")
_VERSION = re.compile(r"v\d+\Z", re.IGNORECASE)
_FAMILY = re.compile(r"([a-z]+)(.*)\Z", re.IGNORECASE | re.DOTALL)


def sku_name(vm_size: str) -> str:
    """A VM size as `armSkuName` spells it: the service compares filter values with their case.

    `standard_nc24ads_a100_v4` is `Standard_NC24ads_A100_v4`: the letters before the first number are capitals, those
    after it small; an accelerator is written in capitals, a version in small letters.
    """
    tier, *parts = vm_size.split("_")
    found = [tier.capitalize()]
    for position, part in enumerate(parts):
        if position == 0:
            family = _FAMILY.match(part)
            found.append(part if family is None else family[1].upper() + family[2].lower())
        elif _VERSION.match(part):
            found.append(part.lower())
        else:
            found.append(part.capitalize() if part.lower() == "promo" else part.upper())
    return "_".join(found)


def query(region: str, currency: str, skus: Sequence[str]) -> str:
    """The query for all meters of some sizes in a region, percent-encoded."""
    names = " or ".join(f"armSkuName eq '{_quoted(sku)}'" for sku in skus)
    filters = [
        "serviceName eq 'Virtual Machines'",
        "priceType eq 'Consumption'",
        f"armRegionName eq '{_quoted(region)}'",
        f"({names})" if len(skus) > 1 else names,
    ]
    asked = {"currencyCode": f"'{currency}'", "$filter": " and ".join(filters)}
    return urlencode(asked, quote_via=quote, safe="$'()")


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def kept(item: object) -> dict[str, Any] | None:
    """What is kept of one entry of `Items`; None for one that is no meter of an hour of a machine."""
    if not isinstance(item, dict):
        return None
    price = item.get("retailPrice")
    usable = isinstance(price, (int, Decimal)) and not isinstance(price, bool) and _price(item) is not None
    hourly = str(item.get("unitOfMeasure", "")).lower() == _HOUR
    if not (usable and hourly and isinstance(item.get("armSkuName"), str)):
        return None
    # JSON knows no exact numbers with a fraction: they are kept as texts.
    return {name: item[name] if isinstance(item[name], bool) else str(item[name]) for name in KEPT if name in item}


def price_of(items: Iterable[Mapping[str, Any]], kind: NodeKind, currency: str, now: datetime) -> Decimal | None:
    """What a node costs an hour; None if no meter fits.

    A spot node is billed by the meter "Spot" or, in accounts that still have such nodes, "Low Priority"; which of them
    cannot be seen from outside, so the dearer one counts. Cloud Services are another product with the same sizes.
    """
    sku = sku_name(kind.vm_size)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for item in items:
        tier = _tier(item)
        fits = (tier != "") is kind.spot and _is_windows(item) is (kind.os == "windows")
        if fits and item.get("armSkuName") == sku and _is_meant(item, currency, now):
            found.setdefault(tier, []).append(item)
    prices = [_price(max(meters, key=_rank)) for meters in found.values()]
    return max((price for price in prices if price is not None), default=None)


def _is_meant(item: Mapping[str, Any], currency: str, now: datetime) -> bool:
    product = str(item.get("productName", "")).replace(" ", "").lower()
    if "cloudservices" in product or "dedicatedhost" in product:
        return False
    begun = _date(item) <= now
    first_tier = not _number(item.get("tierMinimumUnits", 0))
    return (
        begun
        and first_tier
        and _price(item) is not None
        and item.get("currencyCode") == currency
        and item.get("type") == "Consumption"
    )


def _tier(item: Mapping[str, Any]) -> str:
    names = f"{item.get('skuName', '')} {item.get('meterName', '')}".lower()
    return next((name for name in _SPOT_NAMES if name in names), "")


def _is_windows(item: Mapping[str, Any]) -> bool:
    return "windows" in str(item.get("productName", "")).lower()


def _rank(item: Mapping[str, Any]) -> tuple[bool, datetime, Decimal]:
    """A primary meter before one that stands for it elsewhere, the newest price before older ones."""
    return item.get("isPrimaryMeterRegion") is not False, _date(item), _price(item) or Decimal(0)


def _price(item: Mapping[str, Any]) -> Decimal | None:
    """What a meter costs; None of one that does not say it."""
    return price_per_hour(item.get("retailPrice"))


def _number(value: object) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _date(item: Mapping[str, Any]) -> datetime:
    try:
        found = datetime.fromisoformat(str(item.get("effectiveStartDate")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
