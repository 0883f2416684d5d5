"""Amounts of money as text: two decimals, of small amounts two significant digits, never more certain than they are."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import NamedTuple

_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_CENT = Decimal("0.01")
_TENTH = Decimal("0.1")
_SMALLEST = Decimal("0.0001")
_FINEST = Decimal("1e-12")
MOST_PER_HOUR = Decimal(1_000_000)
"""No node costs more an hour: a price above it is an error in its source."""
_MONEY = re.compile(r"(\d{1,12}(?:\.\d{1,6})?) ?([A-Z]{3})\Z", re.ASCII)


class Money(NamedTuple):
    """An amount with its currency."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return exact_text(self.amount, self.currency)


def read_money(text: str) -> Money:
    """The amount of `20 USD` or `12.50 EUR`.

    Raises:
        ValueError: it is none.
    """
    found = _MONEY.match(text)
    if found is None:
        raise ValueError(f"{text!r} is no amount of money")
    return Money(Decimal(found[1]), found[2])


def price_per_hour(value: object) -> Decimal | None:
    """The price of a node, to twelve decimals, from a number or its text; None of what can be no price."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    if not (found.is_finite() and 0 <= found <= MOST_PER_HOUR):
        return None
    return found if found == found.quantize(_FINEST) else found.quantize(_FINEST)


def is_currency(text: object) -> bool:
    """Whether a value is a currency's code of ISO 4217 by its form, such as `USD`."""
    return isinstance(text, str) and _CURRENCY.match(text) is not None


def amount_text(amount: Decimal, currency: str, *, up: bool = False) -> str:
    """`1,234.50 USD`, `0.042 USD`, `under 0.0001 USD`.

    Args:
        amount: 0 or more.
        currency: the code of it.
        up: round up, as a limit must not be named lower than it is; else to the nearest.
    """
    if 0 < amount < _SMALLEST:
        return f"under {_SMALLEST} {currency}"
    return f"{rounded(amount, up=up):,f} {currency}"


def exact_text(amount: Decimal, currency: str) -> str:
    """`20.00 USD`, `0.192 USD`: a price or a limit as it was given, with two decimals at least."""
    digits = min(_CENT, Decimal(1).scaleb(int(amount.normalize().as_tuple().exponent)))
    return f"{amount.quantize(digits):,f} {currency}"


def rounded(amount: Decimal, *, up: bool = False) -> Decimal:
    """An amount of money as `amount_text` shows it."""
    how = ROUND_CEILING if up else ROUND_HALF_UP
    if 0 < amount < _TENTH:
        digits = max(_SMALLEST, Decimal(1).scaleb(amount.adjusted() - 1))
        if (small := amount.quantize(digits, rounding=how)) < _TENTH:
            return small
    return amount.quantize(_CENT, rounding=how)
