from __future__ import annotations

from pathlib import Path

import pytest

from recipebatch.config.price_settings import RETAIL_PRICES_URL, PriceSettings, price_settings
from recipebatch.errors import UsageError


def settings(tmp_path: Path, text: str | None, environ: dict[str, str] | None = None) -> PriceSettings:
    file = tmp_path / "accounts.yaml"
    if text is not None:
        file.write_text(text)
    return price_settings(environ or {}, file)


def test_without_settings_azure_is_asked(tmp_path: Path) -> None:
    assert settings(tmp_path, None) == PriceSettings(file=None, currency=None, url=RETAIL_PRICES_URL)
    assert settings(tmp_path, "default: local\n") == PriceSettings()


def test_a_file_is_named_beside_the_accounts_or_in_the_environment(tmp_path: Path) -> None:
    assert settings(tmp_path, "prices: own.yaml\n").file == tmp_path / "own.yaml"
    assert settings(tmp_path, "prices: {file: own.yaml}\n").file == tmp_path / "own.yaml"
    assert settings(tmp_path, "prices: own.yaml\n", {"RECIPEBATCH_PRICES": "/x/p.yaml"}).file == Path("/x/p.yaml")
    assert settings(tmp_path, None, {"RECIPEBATCH_PRICES": "p.yaml"}).file == Path.cwd() / "p.yaml"


def test_currency_and_address_can_be_chosen(tmp_path: Path) -> None:
    found = settings(tmp_path, "prices: {currency: EUR, url: 'http://127.0.0.1:8080/prices'}\n")
    assert (found.currency, found.url) == ("EUR", "http://127.0.0.1:8080/prices")
    assert settings(tmp_path, "prices: {url: off}\n").url == ""


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("prices: [a]\n", "must be the path of a file, or a mapping", "1:1"),
        ("prices:\n  fiel: a\n", "unknown key 'fiel'", "2:3"),
        ("prices:\n  currency: euro\n", "code of a currency in capitals, not 'euro'", "2:3"),
        ("prices:\n  currency: 5\n", "currency must be a text", "2:3"),
        ("prices:\n  url: prices.azure.com\n", "must be an address of HTTP", "2:3"),
        ("prices:\n  url: 'http://['\n", "must be an address of HTTP", "2:3"),
        ("prices:\n  url: 'https://a?b=c'\n", "must be an address of HTTP", "2:3"),
    ],
)
def test_bad_settings_are_refused_with_their_position(tmp_path: Path, text: str, message: str, place: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        settings(tmp_path, text)
    assert str(refused.value.at) == f"{tmp_path / 'accounts.yaml'}:{place}"
