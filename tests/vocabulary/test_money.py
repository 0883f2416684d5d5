from __future__ import annotations

from decimal import Decimal

import pytest

from recipebatch.vocabulary.money import Money, amount_text, exact_text, is_currency, price_per_hour, read_money


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00 USD"),
        ("0.000001", "under 0.0001 USD"),
        ("0.00417", "0.0042 USD"),
        ("0.0964", "0.096 USD"),
        ("0.0999", "0.10 USD"),
        ("0.1049", "0.10 USD"),
        ("12.344", "12.34 USD"),
        ("12.345", "12.35 USD"),
        ("1234567.8", "1,234,567.80 USD"),
    ],
)
def test_an_amount_has_two_decimals_and_a_small_one_two_digits(amount: str, text: str) -> None:
    assert amount_text(Decimal(amount), "USD") == text


def test_a_limit_is_not_named_lower_than_it_is() -> None:
    assert amount_text(Decimal("12.341"), "EUR", up=True) == "12.35 EUR"
    assert amount_text(Decimal("0.00411"), "EUR", up=True) == "0.0042 EUR"


def test_a_currency_is_three_capitals() -> None:
    assert is_currency("EUR")
    assert not any(map(is_currency, ("eur", "EURO", "", 5, "EUR\n")))


@pytest.mark.parametrize(("text", "amount"), [("20 USD", "20"), ("12.50EUR", "12.50"), ("0.1 CHF", "0.1")])
def test_an_amount_is_read_with_its_currency(text: str, amount: str) -> None:
    assert read_money(text) == Money(Decimal(amount), text[-3:])


@pytest.mark.parametrize("text", ["20", "USD", "20 usd", "-1 USD", "1e3 USD", "20  USD", ".5 USD", "\u0663 USD"])
def test_another_text_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="no amount of money"):
        read_money(text)


@pytest.mark.parametrize(
    ("amount", "text"), [("20", "20.00 USD"), ("0.192", "0.192 USD"), ("0.050", "0.05 USD"), ("3600", "3,600.00 USD")]
)
def test_a_price_is_shown_as_it_was_given(amount: str, text: str) -> None:
    assert exact_text(Decimal(amount), "USD") == str(Money(Decimal(amount), "USD")) == text


@pytest.mark.parametrize("text", ["1e30", "1e999999", "-1", "NaN", "Infinity", "much", "None", ""])
def test_what_no_node_can_cost_is_no_price(text: str) -> None:
    assert price_per_hour(text) is None


def test_a_price_has_so_many_decimals_that_its_text_can_be_made() -> None:
    fine = price_per_hour("999999." + "1" * 60)
    assert fine is not None
    assert exact_text(fine, "USD") == "999,999.111111111111 USD"
    assert price_per_hour("0.192") == Decimal("0.192")
