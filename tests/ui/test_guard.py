"""Which requests are answered, and which may change something."""

from __future__ import annotations

import pytest

from recipebatch.ui.guard import TOKEN_HEADER, Guard

GUARD = Guard(8123)
PAIR = GUARD.cookie().split(";")[0]


def test_the_token_of_the_address_is_right_again_and_again_one_for_one_use_once() -> None:
    guard = Guard(8123)
    once = guard.once()
    assert (guard.takes(guard.token), guard.takes(guard.token)) == (True, True)
    assert (guard.takes(once), guard.takes(once)) == (True, False)
    assert not any(map(guard.takes, ("", "x", guard.page_token, Guard(8123).token, "\N{EURO SIGN}")))


def test_the_cookie_is_for_pages_of_this_server_only() -> None:
    assert GUARD.cookie().split("; ")[1:] == ["Path=/", "HttpOnly", "SameSite=Strict"]
    assert GUARD.token not in GUARD.cookie()
    assert "recipebatch_ui_8123=" in GUARD.cookie()


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("127.0.0.1:8123", True),
        ("localhost:8123", True),
        ("127.0.0.1:8124", False),
        ("127.0.0.1", False),
        ("rebound.example:8123", False),
        ("", False),
    ],
)
def test_a_host_of_another_name_is_not_this_server(host: str, named: bool) -> None:  # noqa: FBT001 - a parameter
    assert GUARD.names_server({"Host": host}) is named


@pytest.mark.parametrize(
    ("cookie", "known"),
    [
        ("PAIR", True),
        ("a=b; PAIR; c=d", True),
        ("", False),
        ("recipebatch_ui_8123=", False),
        ("OTHER", False),
        ("PAIRx", False),
        ("recipebatch_ui_8123=\N{EURO SIGN}", False),
        ('=;";;\x00', False),
    ],
)
def test_only_who_has_the_cookie_is_known(cookie: str, known: bool) -> None:  # noqa: FBT001 - a parameter
    assert (
        GUARD.is_known({"Cookie": cookie.replace("PAIR", PAIR).replace("OTHER", PAIR.replace("8123", "8124"))}) is known
    )


OWN = {"Host": "127.0.0.1:8123", "Origin": "http://127.0.0.1:8123", TOKEN_HEADER: GUARD.page_token}


@pytest.mark.parametrize(
    ("changed", "may"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "http://127.0.0.1:9000"}, False),
        ({"Origin": "https://127.0.0.1:8123"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://localhost:8123"}, False),
        ({TOKEN_HEADER: ""}, False),
        ({TOKEN_HEADER: GUARD.token}, False),
    ],
)
def test_what_changes_something_comes_from_a_page_of_this_server(
    changed: dict[str, str],
    may: bool,  # noqa: FBT001 - a parameter
) -> None:
    assert GUARD.may_change(OWN | changed) is may
