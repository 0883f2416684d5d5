"""JSON from clients: what is read, and what is refused with `InvalidRequestBody`."""

from __future__ import annotations

import json

import pytest

from recipebatch.emulator.protocol.json_text import MAX_DEPTH, read_json, write_json
from recipebatch.emulator.state import BatchError


def reason(content: bytes) -> str:
    with pytest.raises(BatchError) as caught:
        read_json(content)
    assert caught.value.code == "InvalidRequestBody"
    return dict(caught.value.values)["Reason"]


@pytest.mark.parametrize(
    ("content", "document"),
    [
        (b"{}", {}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        ('{"a": "é٣²"}'.encode(), {"a": "é٣²"}),
        (b'[1, -2.5e3, true, null, "x"]', [1, -2500.0, True, None, "x"]),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
    ],
)
def test_json_is_read(content: bytes, document: object) -> None:
    assert read_json(content) == (document if document is not None else json.loads(content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is not valid JSON"),
        (b"{]", "is not valid JSON"),
        (b"{'a': 1}", "is not valid JSON"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": -Infinity}', "-Infinity is not a number"),
        (b'{"a": 1e400}', "a number that is too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
        (b'{"\\udfff": 1}', "half of a surrogate pair"),
        (b'["\xed\xa0\x80"]', "is not valid UTF-8"),
        (b"\xff\xfe{\x00}\x00", "is not valid UTF-8"),
        (b'{"a": 1, "a": 2}', "more than one property 'a'"),
        (b'{"b": {"a": 1, "c": 0, "a": 1}}', "more than one property 'a'"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "levels deep"),
        (b"[" * 100_000 + b"]" * 100_000, "levels deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "levels deep"),
    ],
)
def test_what_cannot_be_stored_or_read_in_one_way_is_refused(content: bytes, expected: str) -> None:
    assert expected in reason(content)


def test_text_that_was_stored_with_half_a_surrogate_pair_can_still_be_listed() -> None:
    written = write_json({"value": [{"displayName": "a\ud800"}, {"displayName": "é"}]})
    assert json.loads(written)["value"][0] == {"displayName": "a\ud800"}
    assert b"a\\ud800" in written
    assert write_json({"displayName": "é"}) == '{"displayName":"é"}'.encode()


def test_a_property_that_comes_twice_is_found_among_a_hundred_thousand_without_delay() -> None:
    """In time that grows with the number of properties, not with its square."""
    names = ",".join(f'"a{number}":0' for number in range(100_000))
    assert "more than one property 'a99999'" in reason(f'{{{names},"a99999":1}}'.encode())
