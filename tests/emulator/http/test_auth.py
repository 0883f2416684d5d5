from __future__ import annotations

import base64
import time
from email.utils import formatdate, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.emulator import EmulatorAccount, start_emulator
from recipebatch.emulator.http.auth import strings_to_sign

if TYPE_CHECKING:
    from pathlib import Path

POOL = {"id": "p", "vmSize": "standard_d2", "virtualMachineConfiguration": {}}


def test_a_request_without_authorization_is_missing_a_header(wire: Any) -> None:
    answer = wire("GET", "/pools", signed=False)
    assert (answer.status, answer.code) == (400, "MissingRequiredHeader")
    assert answer.values == {"HeaderName": "Authorization"}


@pytest.mark.parametrize("header", ["Bearer token", "SharedKey", "SharedKey local", "SharedKey local:no base64!"])
def test_an_authorization_in_another_form_is_refused(wire: Any, header: str) -> None:
    answer = wire("GET", "/pools", signed=False, headers={"Authorization": header})
    assert (answer.status, answer.code) == (400, "InvalidAuthenticationInfo")


def test_a_wrong_key_is_refused_before_anything_happens(wire: Any) -> None:
    answer = wire("POST", "/jobs", {"id": "j", "poolInfo": {"poolId": "p"}}, key=base64.b64encode(b"no").decode())
    assert (answer.status, answer.code) == (403, "AuthenticationFailed")
    assert "AuthenticationErrorDetail" in answer.values
    assert wire("GET", "/jobs").json()["value"] == []


def test_an_unknown_account_is_refused_like_a_wrong_key(wire: Any) -> None:
    header = f"SharedKey nobody:{base64.b64encode(bytes(32)).decode()}"
    answer = wire("GET", "/pools", signed=False, headers={"Authorization": header})
    assert (answer.status, answer.code) == (403, "AuthenticationFailed")


def test_a_request_signed_long_ago_is_refused(wire: Any) -> None:
    old = formatdate(1_600_000_000, usegmt=True)
    answer = wire("GET", "/pools", headers={"ocp-date": old})
    assert (answer.status, answer.code) == (403, "AuthenticationFailed")
    assert "15 minutes" in answer.values["AuthenticationErrorDetail"]


def test_a_signed_request_cannot_be_sent_to_another_path(wire: Any, account: Any) -> None:
    sent = wire._authorization("GET", "/jobs?api-version=2025-06-01", {}, account.key.reveal())
    answer = wire("GET", "/pools", signed=False, headers={"Authorization": sent})
    assert answer.status == 403


def test_the_name_of_a_query_parameter_may_be_signed_as_sent_or_in_lower_case() -> None:
    texts = strings_to_sign(
        "a", method="GET", raw_path="/pools", query={"timeOut": "30", "api-version": "v"}, headers={}
    )
    assert len(texts) == 2
    assert texts[0].endswith("/a/pools\napi-version:v\ntimeOut:30")
    assert texts[1].endswith("/a/pools\napi-version:v\ntimeout:30")


def test_a_content_length_of_nothing_may_be_signed_as_zero_or_empty() -> None:
    texts = strings_to_sign("a", method="DELETE", raw_path="/pools/p", query={}, headers={"content-length": "0"})
    assert [text.split("\n")[3] for text in texts] == ["", "0"]


@pytest.mark.parametrize("version", ["2024-02-01.19.0", "2024-07-01.20.0", "2025-06-01"])
def test_three_versions_are_served(wire: Any, version: str) -> None:
    served = type(wire)(wire.account, version)
    assert served("GET", "/pools").status == 200


def test_another_version_is_refused_and_so_is_none(wire: Any) -> None:
    unknown = type(wire)(wire.account, "2016-07-01.3.1")("GET", "/pools")
    assert (unknown.status, unknown.code) == (400, "UnsupportedRequestVersion")
    none = type(wire)(wire.account, "")("GET", "/pools")
    assert (none.status, none.code) == (400, "MissingRequiredQueryParameter")


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_clock_may_be_stepped_by_an_hour_and_back_under_a_running_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wire: Any, hours: int
) -> None:
    step = [0]
    with start_emulator(tmp_path) as own:
        served = type(wire)(EmulatorAccount(own.endpoint, own.account_name, own.account_key))
        monkeypatch.setattr(own._registry.clock, "_read_wall", lambda: time.time_ns() + step[0])
        for number, seconds in enumerate((0, 3600 * hours, 0, 1800 * hours, 0)):
            step[0] = seconds * 10**9
            dates = {"ocp-date": formatdate(time.time() + seconds, usegmt=True)}
            answer = served("POST", "/jobs", {"id": f"j{number}", "poolInfo": {"poolId": "p"}}, headers=dates)
            assert answer.status == 201
            assert abs(parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time() - seconds) < 60
            if seconds:
                assert served("GET", "/jobs").code == "AuthenticationFailed"
        times = [job["creationTime"] for job in served("GET", "/jobs").json()["value"]]
        assert times == sorted(times)


def test_a_second_value_of_a_parameter_is_refused(wire: Any) -> None:
    answer = wire("GET", "/pools?maxresults=1&maxresults=2")
    assert (answer.status, answer.code) == (400, "InvalidQueryParameterValue")
    assert answer.values["QueryParameterName"] == "maxresults"


@pytest.mark.parametrize("date", ["Sat, 01 Jan 0000 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359", "²", "x" * 5000])
def test_a_date_that_is_none_is_refused(wire: Any, date: str) -> None:
    assert wire("GET", "/pools", headers={"ocp-date": date.encode().decode("latin-1")}).code in {
        *("InvalidHeaderValue", "AuthenticationFailed")
    }
