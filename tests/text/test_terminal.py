from __future__ import annotations

import sys
import unicodedata

import pytest

from recipebatch.text.terminal import one_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"), ("a\tb\nc", "a\tb\nc"),
        ("größe 日本\u3000語 e\u0301 🎉", "größe 日本\u3000語 e\u0301 🎉"),
        ("\x1b[31mred", r"\x1b[31mred"), ("rm -rf\r\x1b[Kls", r"rm -rf\r\x1b[Kls"), ("a\x08b\x7f", r"a\x08b\x7f"),
        ("\x00\x07\x0b\x0c", r"\x00\x07\x0b\x0c"), ("\x9b31m\x85\x90", r"\x9b31m\x85\x90"),
        ("a\u202eb\u2066c\u2069", r"a\u202eb\u2066c\u2069"), ("\u200e\u200f\u061c", r"\u200e\u200f\u061c"),
        ("a\u200bb\u2028c\u2029\ufeff", r"a\u200bb\u2028c\u2029\ufeff"), ("soft\u00adhyphen", r"soft\xadhyphen"),
        ("\ud800\udfff", r"\ud800\udfff"), ("caf\udce9", r"caf\xe9"),
        ("\ue000secret:tok\ue001", r"\ue000secret:tok\ue001"), ("\U000e0041", r"\U000e0041"),
        ("[red]x[/red] [link=http://a]", "[red]x[/red] [link=http://a]"), ("", ""),
    ],
)  # fmt: skip
def test_what_would_control_a_terminal_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_value_within_a_line_begins_no_other_line() -> None:
    assert one_line("a\nerror: b\tc\r\n\x1b") == r"a\nerror: b\tc\r\n\x1b"
    assert one_line("größe\u00a0日本") == "größe\u00a0日本"


def test_no_character_at_all_passes_that_is_no_text() -> None:
    shown = printable("".join(map(chr, range(sys.maxunicode + 1))))
    assert {sign for sign in set(shown) if unicodedata.category(sign)[0] == "C"} == {"\n", "\t"}
    assert not {"\u2028", "\u2029"} & set(shown)
    shown.encode()
