import copy

import pytest

from recipebatch.cli.render.source_lines import painted, source_lines
from recipebatch.errors import SourceFile, SourcePosition


def shown(text: str, line: int, column: int) -> list[str]:
    return source_lines(SourcePosition(SourceFile("r.yaml", text), line, column))


def test_the_line_is_shown_with_a_caret_below_its_column() -> None:
    assert shown("a: 1\nbc: {x}\n", 2, 5) == ["    2 | bc: {x}", "      |     ^"]


def test_a_tab_is_one_column_and_a_wide_character_two() -> None:
    assert shown("a:\t{", 1, 4) == ["    1 | a: {", "      |    ^"]
    assert shown("\u6771\u4eac: {", 1, 5) == ["    1 | \u6771\u4eac: {", "      |       ^"]


def test_of_a_long_line_the_part_around_the_column_is_shown() -> None:
    line, below = shown("a" * 100 + "X" + "b" * 100, 1, 101)
    assert line == "    1 | …" + "a" * 40 + "X" + "b" * 31 + "…"
    assert line[below.index("^")] == "X"


def test_the_end_of_a_line_is_shown_where_the_problem_is_behind_it() -> None:
    assert shown("a: 'b", 1, 6) == ["    1 | a: 'b", "      |      ^"]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "db_password: hunter2x", "  API_KEY: abc", "curl -d AccountKey=abcdef", "url: https://me:pw@host/"],
)
def test_no_line_is_shown_that_is_empty_or_may_hold_a_secret(text: str) -> None:
    assert shown(text, 1, 1) == []


def test_no_line_is_shown_of_a_file_whose_text_is_not_at_hand() -> None:
    assert source_lines(SourcePosition("accounts.yaml", 1, 1)) == []
    assert shown("a", 7, 1) == []


def test_controls_of_a_line_are_escaped() -> None:
    assert shown("a: \x1b[2K", 1, 1)[0] == r"    1 | a: \x1b[2K"


def test_a_copy_of_a_name_has_its_text_too() -> None:
    name = SourceFile("r.yaml", "a: 1")
    copied = copy.deepcopy(name)
    assert (copied, copied.text) == ("r.yaml", "a: 1")


def test_severity_caret_and_hint_have_colours() -> None:
    text = "r.yaml:1:2: error: wrong [code]\n    1 | ab\n      |  ^\n  hint: right"
    assert painted(text) == (
        "r.yaml:1:2: \x1b[1;31merror\x1b[0m: wrong [code]\n    1 | ab\n      |  \x1b[1;31m^\x1b[0m\n"
        "\x1b[36m  hint:\x1b[0m right"
    )
    assert painted("error: wrong") == "\x1b[1;31merror\x1b[0m: wrong"
