"""The parts of a request: nothing signed comes twice, and a body has a limit."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from recipebatch.emulator.http.request import read_body, read_headers, read_query
from recipebatch.emulator.state import BatchError
from recipebatch.vocabulary.limits import MAX_REQUEST_BYTES

JSON = {"content-type": "application/json"}


def body(headers: dict[str, str], *parts: bytes, ends: bool = True) -> bytes:
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    if ends and messages:
        messages[-1]["more_body"] = False
    messages.append({"type": "http.disconnect"})

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    return asyncio.run(read_body(headers, receive))


def test_headers_are_found_by_their_name_in_lower_case() -> None:
    headers = read_headers([(b"Accept", b"a"), (b"accept", b"b"), (b"HOST", b"h")])
    assert headers == {"accept": "b", "host": "h"}


@pytest.mark.parametrize("name", ["Authorization", "Host", "ocp-date", "ocp-range", "If-Match", "Content-Type", "Date"])
def test_a_signed_header_that_comes_twice_is_refused(name: str) -> None:
    with pytest.raises(BatchError) as caught:
        read_headers([(name.encode(), b"one"), (name.lower().encode(), b"two")])
    assert (caught.value.code, dict(caught.value.values)["HeaderName"]) == ("InvalidHeaderValue", name.lower())


def test_a_query_is_decoded_and_keeps_the_names_as_sent() -> None:
    assert read_query("%24filter=id+eq+%27a%27&Timeout=&api-version=v") == {
        "$filter": "id eq 'a'",
        "Timeout": "",
        "api-version": "v",
    }


@pytest.mark.parametrize("query", ["maxresults=1&maxresults=1", "a=1&A=2", "$filter=x&%24filter=y", "a&a"])
def test_a_second_value_of_a_parameter_is_refused(query: str) -> None:
    with pytest.raises(BatchError) as caught:
        read_query(query)
    assert caught.value.code == "InvalidQueryParameterValue"
    assert "more than once" in dict(caught.value.values)["Reason"]


def test_thousands_of_parameters_are_refused() -> None:
    with pytest.raises(BatchError) as caught:
        read_query("&".join(f"p{number}=1" for number in range(5000)))
    assert caught.value.code == "InvalidQueryParameterValue"


def test_a_body_is_read_to_its_end() -> None:
    assert body(JSON | {"content-length": "4"}, b"ab", b"cd") == b"abcd"
    assert body(JSON | {"transfer-encoding": "chunked"}, b"ab", b"") == b"ab"
    assert body({}) == b""


def test_a_body_that_is_declared_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(BatchError) as caught:
        body(JSON | {"content-length": str(10**18)})
    assert (caught.value.code, caught.value.kind.status) == ("RequestBodyTooLarge", 413)


def test_a_chunked_body_that_grows_too_large_is_refused() -> None:
    with pytest.raises(BatchError) as caught:
        body(JSON | {"transfer-encoding": "chunked"}, b"x" * MAX_REQUEST_BYTES, b"x", ends=False)
    assert caught.value.code == "RequestBodyTooLarge"


def test_a_body_that_ends_early_or_is_not_json_is_refused() -> None:
    with pytest.raises(BatchError) as caught:
        body(JSON | {"content-length": "4"}, b"ab", ends=False)
    assert caught.value.code == "InvalidRequestBody"
    with pytest.raises(BatchError) as caught:
        body({"content-type": "text/plain", "content-length": "2"}, b"{}")
    assert caught.value.code == "InvalidHeaderValue"
