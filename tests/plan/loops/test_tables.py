from __future__ import annotations

import pytest
from plan.loops.templates import PlanOf, display_names, loop, refusal


def test_rows_of_a_table_are_texts_unless_their_type_is_said(plan_of: PlanOf) -> None:
    table = 'name,seed,note\nü,007,"a, ""b""\nc"\nz,08,\n'
    sections = loop(
        "{rows: {file: t.csv, types: {seed: integer}}}",
        "${{ item.name }}|${{ item.seed + 1 }}|${{ item.note | replace('\\n', '/') }}",
    )
    assert display_names(plan_of(sections, tables={"t.csv": table})) == ['ü|8|a, "b"/c', "z|9|"]


def test_rows_of_json_lines_keep_their_types(plan_of: PlanOf) -> None:
    sections = loop("{rows: t.jsonl}", "${{ item.a + 1 }}${{ item.b }}")
    assert display_names(plan_of(sections, tables={"t.jsonl": '{"a": 1, "b": true}\n\n{"a": 2, "b": "x"}'})) == [
        "2true",
        "3x",
    ]


def test_rows_of_tab_separated_values_are_read(plan_of: PlanOf) -> None:
    sections = loop("{rows: t.tsv}", "${{ item['a b'] }}")
    assert display_names(plan_of(sections, tables={"t.tsv": "a b\tc\r\n1,5\t2\r\n"})) == ["1,5"]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("t.csv", "a,b\n1\n", "t.csv: line 2 has 1 values, its header 2"),
        ("t.csv", "a,a\n1,2\n", "t.csv: line 1 has two columns 'a'"),
        ("t.csv", "a,b\n", "for_each of the task template task produces no tasks: t.csv has no rows"),
        ("t.csv", "", "for_each of the task template task produces no tasks: t.csv has no rows"),
        ("t.csv", 'a\n"x\n', "t.csv: unexpected end of data"),
        ("t.jsonl", "[1]\n", "t.jsonl: line 1 is not a JSON object"),
        ("t.jsonl", "{\n", "t.jsonl: line 1 is not JSON: Expecting property name enclosed in double quotes"),
        ("t.dat", "a\n1\n", "t.dat has an unknown file extension"),
    ],
)
def test_a_table_that_is_none_is_an_error(plan_of: PlanOf, file: str, text: str, message: str) -> None:
    found = refusal(plan_of, loop(f"{{rows: {file}}}"), tables={file: text})
    assert found.startswith("6:22 [")
    assert f"] {message}" in found


def test_a_value_that_is_not_of_its_columns_type_is_an_error(plan_of: PlanOf) -> None:
    sections = loop("{rows: {file: t.csv, types: {a: integer}}}")
    assert "t.csv: line 3, column 'a': 'x' is not of type integer" in refusal(
        plan_of, sections, tables={"t.csv": "a\n1\nx\n"}
    )
    other = loop("{rows: {file: t.csv, types: {z: integer}}}")
    assert "there is no column 'z'; there are 'a'" in refusal(plan_of, other, tables={"t.csv": "a\n1\n"})


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("t.csv", "," * 6_000_000),
        ("t.csv", ",".join(str(number) for number in range(3000)) + "\n" + ("," * 2999 + "\n") * 2000),
        ("t.tsv", "\t" * 6_000_000),
        ("t.jsonl", '{"a": [' + "[]," * 5_000_000 + "1]}"),
        ("t.jsonl", "{}\n" * 6_000_000),
    ],
)
def test_a_table_of_very_many_values_is_refused_before_it_is_read(plan_of: PlanOf, file: str, text: str) -> None:
    found = refusal(plan_of, loop(f"{{rows: {file}}}"), tables={file: text})
    assert found.startswith(f"6:22 [invalid-table] {file} has up to ")
    assert "at most 5,000,000 are allowed" in found


def test_a_header_of_many_columns_is_read_in_time_proportional_to_it(plan_of: PlanOf) -> None:
    header = ",".join(f"c{number}" for number in range(200_000))
    found = refusal(plan_of, loop("{rows: t.csv}"), tables={"t.csv": header + ",c0\n"})
    assert "t.csv: line 1 has two columns 'c0'" in found


@pytest.mark.parametrize("value", ["1e400", "-1e400", "NaN", "Infinity"])
def test_a_number_that_is_none_is_refused(plan_of: PlanOf, value: str) -> None:
    found = refusal(plan_of, loop("{rows: t.jsonl}"), tables={"t.jsonl": f'{{"a": {value}}}\n'})
    assert f"line 1 is not JSON: {value} is not a number that can be used" in found
    digits = refusal(plan_of, loop("{rows: t.jsonl}"), tables={"t.jsonl": '{"a": ' + "9" * 5000 + "}\n"})
    assert "t.jsonl: line 1 is not JSON: Exceeds the limit" in digits
