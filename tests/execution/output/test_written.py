"""The words for files that are not there."""

from __future__ import annotations

from recipebatch.execution.output.written import files_hint, last_lines, missing_text, names_text


def test_the_file_of_the_same_name_in_another_folder_is_named_first() -> None:
    assert files_hint("z.txt", ["stdout.txt", "wd/a.txt", "wd/z.txt"]) == "it has wd/z.txt, stdout.txt, wd/a.txt"


def test_of_many_names_the_first_are_named() -> None:
    assert names_text([f"f{number}" for number in range(30)], 3) == "f0, f1, f2 and 27 more"
    assert files_hint("x", [f"f{number:04}" for number in range(1022)]).endswith("f0019 and 1,002 more")


def test_tasks_of_one_reason_are_named_together() -> None:
    reasons = {"a": "its node is gone", "b": "it has not started yet", "c": "its node is gone"}
    assert missing_text("stdout.txt", reasons, 5) == (
        "3 of 5 tasks have no stdout.txt (a, c: its node is gone; b: it has not started yet)"
    )
    assert missing_text("z", {"a": "it never started"}, 2) == "1 of 2 tasks has no z (a: it never started)"


def test_of_many_reasons_the_first_are_named() -> None:
    text = missing_text("z", {f"t{number}": f"its node n{number} is rebooting" for number in range(8)}, 8)
    assert text.endswith("t4: its node n4 is rebooting; and 3 more reasons)")


def test_the_last_lines() -> None:
    assert last_lines(b"a\nb\nc", 2) == b"b\nc"
    assert last_lines(b"a\nb", None) == b"a\nb"
    assert last_lines(b"a\nb", 0) == b""
