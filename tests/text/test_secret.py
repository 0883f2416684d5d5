from __future__ import annotations

import base64

import pytest

from recipebatch.text.secret import Secret, end_without_secrets, size_of_secrets

VALUE = "correct/horse battery"


@pytest.fixture(autouse=True)
def known() -> Secret:
    return Secret(VALUE)


@pytest.mark.parametrize(
    "form",
    [VALUE, base64.b64encode(VALUE.encode()).decode(), "correct%2Fhorse%20battery"],
)
def test_a_known_secret_is_taken_out_in_each_form(form: str) -> None:
    assert end_without_secrets(f"login with {form}: denied\n", 1000) == "login with ***: denied\n"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GET https://a/b?sv=1&sig=abc%2Bdef&se=2 404", "GET https://a/b?sv=1&sig=***&se=2 404"),
        ("AccountKey=" + "a" * 86 + "==;Endpoint=x", "AccountKey=***;Endpoint=x"),
        ("key " + "b" * 86 + "== refused", "key *** refused"),
        ("Authorization: Bearer abcdefghijklmnopqrstuv", "Authorization: Bearer ***"),
        ("AZ_BATCH_AUTHENTICATION_TOKEN=ab.cd", "AZ_BATCH_AUTHENTICATION_TOKEN=***"),
    ],
)
def test_what_looks_like_a_sas_a_key_or_a_token_is_taken_out(text: str, kept: str) -> None:
    assert end_without_secrets(text, 1000) == kept


def test_other_text_stays_as_it_is() -> None:
    text = "why? design=1 signal: 4\nreally?\n"
    assert end_without_secrets(text, 1000) == text


def test_of_a_long_text_the_end_is_kept_and_a_secret_that_is_cut_goes_as_a_whole() -> None:
    text = "x" * 50 + VALUE + "12345678"
    assert end_without_secrets(text, 18) == "12345678"
    assert end_without_secrets(text, 4) == "5678"
    assert size_of_secrets() >= len(VALUE)


def test_the_size_counts_bytes_and_no_character_is_cut() -> None:
    assert end_without_secrets("äöü", 3) == "ü"


def test_a_short_secret_says_so() -> None:
    assert not Secret("abc").is_long
    assert Secret(VALUE).is_long
