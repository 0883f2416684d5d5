"""OwnPrices: a file of a team's own prices, such as those of its agreement with Microsoft; it comes before Azure's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipebatch.config.accounts import read_mapping
from recipebatch.errors import SourcePosition, UsageError
from recipebatch.prices.model import NodeKind, Rate
from recipebatch.vocabulary.money import MOST_PER_HOUR, is_currency, price_per_hour

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from pathlib import Path

ANY = "*"
_KEYS = ("per_hour", "spot", "windows", "windows_spot")
_EXAMPLE = "for example `Standard_D4s_v5: 0.19`, or `Standard_D4s_v5: {per_hour: 0.19, spot: 0.05}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPrices:
    """What a file of prices says.

    Attributes:
        file: its name, for people.
        regions: by region and VM size, both in lower case or `*`, the prices by `per_hour`, `spot`, `windows` and
            `windows_spot`.
    """

    file: str
    currency: str
    regions: Mapping[str, Mapping[str, Mapping[str, Decimal]]]

    def rate(self, region: str, kind: NodeKind) -> Rate | None:
        """The price of a node; None if the file has none. What is named counts before `*`."""
        name = {(False, False): "per_hour", (True, False): "spot", (False, True): "windows"}.get(
            (kind.spot, kind.os == "windows"), "windows_spot"
        )
        for place in (region.lower(), ANY):
            for size in (kind.vm_size.lower(), ANY):
                if (price := self.regions.get(place, {}).get(size, {}).get(name)) is not None:
                    return Rate(per_hour=price, source=self.file)
        return None


def read_own_prices(path: Path) -> OwnPrices:
    """A file of prices.

    Raises:
        UsageError: it cannot be read, or a part of it is no price; with its position.
    """
    body = read_mapping(path, "`currency:` and `regions:`")
    _only(path, body, ("currency", "regions"))
    currency = body.get("currency")
    if not is_currency(currency):
        raise UsageError(
            "currency must be the code of a currency in capitals",
            hint="for example EUR",
            at=_at(path, body, "currency"),
        )
    found: dict[str, dict[str, dict[str, Decimal]]] = {}
    regions = _mapping(path, body, "regions", "for example `westeurope:`, and the VM sizes below it")
    for region in regions:
        sizes = _mapping(path, regions, region, _EXAMPLE)
        prices = found.setdefault(str(region).lower(), {})
        for size in sizes:
            prices.setdefault(str(size).lower(), {}).update(_prices(path, sizes, size))
    return OwnPrices(file=path.name, currency=str(currency), regions=found)


def _prices(path: Path, sizes: Any, size: object) -> dict[str, Decimal]:
    value = sizes[size]
    if not isinstance(value, dict):
        return {"per_hour": _price(path, sizes, size)}
    _only(path, value, _KEYS)
    if not value:
        raise UsageError(f"{size} has no price", hint=_EXAMPLE, at=_at(path, sizes, size))
    return {str(key): _price(path, value, key) for key in value}


def _price(path: Path, mapping: Any, key: object) -> Decimal:
    value = mapping[key]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # The shortest text of a float is what the file says.
        price = price_per_hour(repr(float(value)) if isinstance(value, float) else int(value))
        if price is not None:
            return price
    raise UsageError(
        f"{key} must be a price of an hour: a number from 0 to {MOST_PER_HOUR:,}",
        hint=_EXAMPLE,
        at=_at(path, mapping, key),
    )


def _mapping(path: Path, parent: Any, key: object, hint: str) -> Any:
    value = parent.get(key)
    if not isinstance(value, dict):
        raise UsageError(f"{key} must be a mapping", hint=hint, at=_at(path, parent, key))
    return value


def _only(path: Path, mapping: Any, known: tuple[str, ...]) -> None:
    for key in mapping:
        if key not in known:
            raise UsageError(f"unknown key {key!r}", hint="it takes " + ", ".join(known), at=_at(path, mapping, key))


def _at(path: Path, mapping: Any, key: object) -> SourcePosition:
    # A key that came in by a merge key is written elsewhere.
    line, column = mapping.lc.key(key) if key in (mapping.lc.data or {}) else (mapping.lc.line, mapping.lc.col)
    return SourcePosition(str(path), line + 1, column + 1)
