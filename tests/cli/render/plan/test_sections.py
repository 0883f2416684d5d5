"""Folding of sections into a number of lines."""

from __future__ import annotations

from recipebatch.cli.render.plan.sections import Block, Section, fitted


def blocks(count: int, details: int, kind: str = "pool") -> tuple[Block, ...]:
    return tuple(
        Block((f"  {kind} {n}", *(f"    detail {d} of {n}" for d in range(details))), kind) for n in range(count)
    )


def test_what_fits_is_shown_as_it_is() -> None:
    lines = fitted([Section("Pools", blocks(2, 1)), Section("", (Block(("x",)),))], width=None, most=7)
    assert lines == ["Pools", "  pool 0", "    detail 0 of 0", "  pool 1", "    detail 0 of 1", "", "x"]


def test_an_empty_section_has_no_title() -> None:
    assert fitted([Section("Pools", ()), Section("Jobs", blocks(1, 0, "job"))], width=None) == ["Jobs", "  job 0"]


def test_first_lines_go_before_details_and_what_is_left_out_is_counted() -> None:
    lines = fitted([Section("Pools", blocks(40, 3))], width=None, most=12)
    assert len(lines) <= 12
    assert lines[-1] == "  … and 30 more pools (--tasks lists all)"
    assert [line for line in lines if line.startswith("  pool")] == [f"  pool {n}" for n in range(10)]


def test_details_of_the_first_blocks_are_shown_if_there_is_room() -> None:
    lines = fitted([Section("Pools", blocks(4, 9))], width=None, most=20)
    assert len(lines) == 20
    assert lines[1:4] == ["  pool 0", "    detail 0 of 0", "    detail 1 of 0"]
    assert "  pool 3" in lines
    assert lines[-1] == "  … details of 4 are left out (--tasks lists all)"


def test_several_kinds_are_counted_apart() -> None:
    both = (*blocks(9, 0, "job"), *blocks(5, 0, "template"))
    lines = fitted([Section("Jobs", both)], width=None, most=6)
    assert lines[-1] == "  … and 5 more jobs, 5 templates (--tasks lists all)"


def test_a_small_section_gives_the_lines_it_does_not_need_to_a_large_one() -> None:
    lines = fitted([Section("A", blocks(1, 0)), Section("B", blocks(30, 0))], width=None, most=35)
    assert len(lines) == 34
    assert "  pool 29" in lines


def test_a_line_is_wrapped_in_columns_of_the_terminal_and_counts_as_its_rows() -> None:
    text = "    " + " ".join(["word"] * 30)
    lines = fitted([Section("", (Block((text,), "line"),))], width=40)
    assert all(len(line) <= 40 for line in lines)
    assert lines[0].startswith("    word")
    assert lines[1].startswith("        word")
    assert fitted([Section("", (Block((text,)),))], width=None) == [text]


def test_a_very_long_line_is_cut_unless_all_is_listed() -> None:
    section = Section("", (Block(("x" * 1000,)),))
    assert fitted([section], width=None) == ["x" * 400 + "… and 600 more characters"]
    assert fitted([section], width=None, most=None) == ["x" * 1000]


def test_no_value_controls_the_terminal_or_begins_a_line() -> None:
    assert fitted([Section("", (Block(("a\x1b[2J\nb",)),))], width=None) == ["a\\x1b[2J\\nb"]
