from recipebatch.text.lines import is_tab_indentation, line_of


def test_lines_are_counted_as_yaml_counts_them() -> None:
    assert [line_of("a\r\nb\u2028c", number) for number in (0, 1, 2, 3, 4)] == ["", "a", "b", "c", ""]


def test_a_tab_indents_where_it_stands_before_or_at_what_was_refused() -> None:
    assert is_tab_indentation("\ta: b", 1)
    assert is_tab_indentation(" \ta: b", 3)
    assert is_tab_indentation("a:\tb", 3)
    assert not is_tab_indentation("a: b\tc", 4)
