from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipebatch.text.file_names import with_bytes, without_surrogates


@pytest.mark.parametrize(
    ("name", "escaped"),
    [("a.txt", "a.txt"), ("ü%FF", "ü%FF"), ("a\udcff.txt", "a%FF.txt"), ("\ud83d", "%D83D"), ("\udc80", "%80")],
)
def test_a_name_that_is_not_utf_8_is_escaped(name: str, escaped: str) -> None:
    assert without_surrogates(name) == escaped


@given(st.binary(max_size=20))
def test_the_escaped_name_leads_back_to_the_file(name: bytes) -> None:
    text = name.decode("utf-8", "surrogateescape")
    if "%" not in text:
        assert with_bytes(without_surrogates(text)) == text
    without_surrogates(text).encode()
