from __future__ import annotations

from recipebatch.cli.render.tables.table import Column, Table, csv_text, shortened

COLUMNS = (
    Column(header="TASK", rank=0, gives_way=True),
    Column(header="NODE", rank=2),
    Column(header="EXIT", rank=1, right=True),
    Column(header="EMPTY", rank=0),
)
ROWS = [("count-0000000001", "tvm-1", "3", ""), ("merge", "tvm-22", "127", "")]


def test_a_column_without_text_is_left_out_and_numbers_end_together() -> None:
    assert Table(COLUMNS, ROWS).lines(None) == [
        "TASK              NODE    EXIT",
        "count-0000000001  tvm-1      3",
        "merge             tvm-22   127",
    ]


def test_long_cells_are_shortened_before_a_column_goes_and_no_line_is_longer_than_the_terminal() -> None:
    assert Table(COLUMNS, ROWS).lines(25) == [
        "TASK         NODE    EXIT",
        "count…00001  tvm-1      3",
        "merge        tvm-22   127",
    ]
    assert Table(COLUMNS, ROWS).lines(18) == ["TASK          EXIT", "count-…00001     3", "merge          127"]
    assert Table(COLUMNS, ROWS).lines(6) == ["TASK", "cou…01", "merge"]
    for most in range(1, 40):
        assert all(len(line) <= most for line in Table(COLUMNS, ROWS).lines(most))


def test_wide_characters_count_as_what_they_take() -> None:
    lines = Table(COLUMNS[:2], [("日本語", "a"), ("b", "c")]).lines(None)
    assert lines == ["TASK    NODE", "日本語  a", "b       c"]
    assert shortened("日本語日本語", 5) == "日…語"


def test_controls_are_escaped_in_tables_and_in_csv() -> None:
    assert Table(COLUMNS[:1], [("a\x1b[31m\nb",)]).lines(None)[1] == r"a\x1b[31m\nb"
    assert csv_text(("A", "B"), [('x,"y"', None), ("a\nb\x07", 1.5)]) == 'A,B\n"x,""y""",\na\\nb\\x07,1.5\n'
    assert csv_text(("A", "B"), [("x\ty", 2)], separator="\t") == "A\tB\nx\\ty\t2\n"
