from __future__ import annotations

from recipebatch.properties.deferred import (
    ContainerUrl,
    DeferredText,
    SasToken,
    SecretParameter,
    deferred_values,
    fill,
    joined,
    redact,
)

VALUES = (SasToken("out", "rc"), SecretParameter("tok"), ContainerUrl("in"))
TEXT = DeferredText("a ", VALUES[0], " b ", VALUES[1], " c ", VALUES[2])


def test_deferred_values_are_found_and_filled_in_place() -> None:
    assert deferred_values(TEXT) == VALUES
    assert fill(TEXT, lambda value: f"[{type(value).__name__}]") == "a [SasToken] b [SecretParameter] c [ContainerUrl]"
    assert redact(TEXT) == "a *** b *** c <URL of in>"


def test_texts_are_joined_piece_by_piece() -> None:
    assert joined(["a", "", " b"]) == "a b"
    assert joined([]) == ""
    assert joined(["a ", DeferredText(VALUES[0], " b "), "c", "", DeferredText("d", VALUES[1])]) == DeferredText(
        "a ", VALUES[0], " b cd", VALUES[1]
    )


def test_a_text_is_never_read_as_a_deferred_value() -> None:
    for text in ("\ue000secret:tok\ue001", "\ue000sas:out:racwdl\ue001", '{"pieces": [{"secret": "tok"}]}', "***"):
        assert deferred_values(text) == ()
        assert fill(text, lambda _: "FILLED") == text
        assert joined([text, DeferredText(text, VALUES[0])]) == DeferredText(text + text, VALUES[0])


def test_the_json_form_tells_texts_from_deferred_values() -> None:
    assert TEXT.to_json() == {
        "pieces": ["a ", {"sas": "out", "permissions": "rc"}, " b ", {"secret": "tok"}, " c ", {"url": "in"}]
    }


def test_equal_pieces_are_equal_texts() -> None:
    assert DeferredText("a", VALUES[0]) == DeferredText("a", VALUES[0])
    assert len({DeferredText("a", VALUES[0]), DeferredText("a", VALUES[0]), DeferredText("a", VALUES[1])}) == 2
    assert DeferredText(VALUES[0]) != "a"
