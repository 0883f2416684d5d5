from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import UsageError
from recipebatch.prices.model import NodeKind
from recipebatch.prices.own_prices import read_own_prices

if TYPE_CHECKING:
    from pathlib import Path

D4 = NodeKind("standard_d4s_v5", "linux", spot=False)
TEXT = """\
currency: EUR
regions:
  WestEurope:
    Standard_D4s_v5: 0.19
    standard_d8s_v5: {per_hour: 0.38, spot: 0.08, windows: 0.7, windows_spot: 0.3}
  "*":
    "*": {spot: 0.01}
"""


def test_what_is_named_counts_before_what_holds_for_all(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(TEXT)
    own = read_own_prices(file)

    def price(kind: NodeKind, region: str = "westeurope") -> Decimal | None:
        rate = own.rate(region, kind)
        return None if rate is None else rate.per_hour

    d8 = D4._replace(vm_size="standard_d8s_v5")
    assert own.currency == "EUR"
    assert price(D4) == Decimal("0.19")
    assert price(D4._replace(spot=True)) == Decimal("0.01")
    assert price(d8) == Decimal("0.38")
    assert price(d8._replace(spot=True)) == Decimal("0.08")
    assert price(d8._replace(os="windows")) == Decimal("0.7")
    assert price(d8._replace(os="windows", spot=True)) == Decimal("0.3")
    assert price(D4._replace(os="windows")) is None, "a price without an operating system is that of Linux"
    assert price(D4, "eastus") is None
    assert price(D4._replace(spot=True), "eastus") == Decimal("0.01")


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("currency: eur\nregions: {}\n", "currency must be the code", "1:1"),
        ("regions: {}\n", "currency must be the code", "1:1"),
        ("currency: EUR\n", "regions must be a mapping", "1:1"),
        ("currency: EUR\nregion: {}\n", "unknown key 'region'", "2:1"),
        ("currency: EUR\nregions:\n  westeurope: 1\n", "westeurope must be a mapping", "3:3"),
        ("currency: EUR\nregions:\n  w:\n    a: cheap\n", "a must be a price of an hour", "4:5"),
        ("currency: EUR\nregions:\n  w:\n    a: -1\n", "a must be a price of an hour", "4:5"),
        ("currency: EUR\nregions:\n  w:\n    a: .inf\n", "a must be a price of an hour", "4:5"),
        ("currency: EUR\nregions:\n  w:\n    a: true\n", "a must be a price of an hour", "4:5"),
        ("currency: EUR\nregions:\n  w:\n    a: {}\n", "a has no price", "4:5"),
        ("currency: EUR\nregions:\n  w:\n    a: {hourly: 1}\n", "unknown key 'hourly'", "4:9"),
        ("currency: [\n", "not YAML", "2:1"),
    ],
)
def test_bad_input_is_refused_with_its_position(tmp_path: Path, text: str, message: str, place: str) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(text)
    with pytest.raises(UsageError, match=message) as refused:
        read_own_prices(file)
    assert str(refused.value.at) == f"{file}:{place}"


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_own_prices(tmp_path / "prices.yaml")
