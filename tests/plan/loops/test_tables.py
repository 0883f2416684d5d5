from __future__ import annotations

import pytest
from plan.loops.templates import PlanOf, display_names, loop, refusal

from recipebatch.errors import InvalidRecipeError, SourcePosition
from recipebatch.recipe.model import Parameter, parameter_values


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
        ("t.csv", 'a\n1\n"x\n2\n', "t.csv: a value that begins with a quote in line 3 does not end"),
        ("t.csv", 'a,b\n1,2\n"x" y,3\n', "t.csv: line 3: text follows the closing quote of a value"),
        (
            "t.csv",
            'a,b\n1,2\n"x,3\n4,"5"\n',
            "t.csv: line 4, in the row that begins in line 3: text follows the closing quote of a value",
        ),
        ("t.csv", "a;b\n1;2,5\n", "t.csv: line 1 has one column, 'a;b'"),
        ("t.csv", "a\tb\n1\t2\n", "t.csv: line 1 has one column, 'a\\tb'"),
        ("t.csv", "a,b\n,\n , \n,,\n", "for_each of the task template task produces no tasks: t.csv has no rows"),
        ("t.csv", "a,,\n1,,2\n", "t.csv: line 2 has 3 values, its header 1"),
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
    assert "t.csv: line 3, column 'a': \"x\" is not of type integer" in refusal(
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


def test_rows_and_columns_that_a_spreadsheet_leaves_empty_are_none(plan_of: PlanOf) -> None:
    table = ",,\r\n\r\nname,path,\r\n,,\r\na,x,\r\n,,,,\r\n,y,\r\nb,,\r\n , ,\r\n"
    sections = loop("{rows: t.csv}", "${{ item.name }}|${{ item.path }}")
    assert display_names(plan_of(sections, tables={"t.csv": table})) == ["a|x", "|y", "b|"]


def test_the_only_value_of_a_row_may_be_empty_in_quotes(plan_of: PlanOf) -> None:
    sections = loop("{rows: t.csv}", "'${{ item.name }}'")
    assert display_names(plan_of(sections, tables={"t.csv": 'name\n\n""\nx\n\n'})) == ["''", "'x'"]


def test_a_value_in_quotes_may_have_line_ends_and_zeros_in_front_stay(plan_of: PlanOf) -> None:
    sections = loop("{rows: t.csv}", "${{ item.name }}|${{ item.path | replace(item.path[3], '+') }}")
    assert display_names(plan_of(sections, tables={"t.csv": 'name,path\n007,"two\nlines"\n'})) == ["007|two+lines"]


@pytest.mark.parametrize(
    ("text", "hint"), [("a;b\n1;2\n", "semicolons: save it with commas"), ("a\tb\n1\t2\n", "tabs: add `format: tsv`")]
)
def test_other_separators_get_a_hint(plan_of: PlanOf, text: str, hint: str) -> None:
    with pytest.raises(InvalidRecipeError) as caught:
        plan_of(loop("{rows: t.csv}"), tables={"t.csv": text})
    assert hint in str(caught.value.hint)


def test_numbers_of_a_table_are_written_as_in_the_file(plan_of: PlanOf) -> None:
    sections = loop(
        "{rows: {file: t.csv, types: {n: integer, v: number}}}",
        "${{ item.n }} ${{ item.v }} ${{ item.n + 1 }} ${{ item.v * 2 }}",
    )
    tables = {"t.csv": "n,v\n007,3.10\n 5 ,1e3\n+2,-0\n"}
    assert display_names(plan_of(sections, tables=tables)) == ["007 3.10 8 6.2", "5 1e3 6 2000.0", "+2 -0 3 0"]
    sections = loop("{rows: {file: t.jsonl, types: {s: string, v: number}}}", "${{ item.s }} ${{ item.v }}")
    tables = {"t.jsonl": '{"s": 1.50, "v": 3.10}\n{"s": true, "v": "007"}\n'}
    assert display_names(plan_of(sections, tables=tables)) == ["1.50 3.10", "true 007"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", "1_000"), ("integer", "\u0663"), ("integer", "1.0"), ("integer", "0x1F"), ("number", "1_0.5"),
        ("number", "nan"), ("number", "inf"), ("number", "1e999"), ("number", "1,5"), ("number", ""),
        ("boolean", "yes"),
    ],
)  # fmt: skip
def test_tables_and_options_read_numbers_by_one_rule(plan_of: PlanOf, kind: str, value: str) -> None:
    sections = loop(f"{{rows: {{file: t.csv, types: {{a: {kind}}}}}}}")
    table = f'a,b\n1,x\n"{value}",y\n'.replace("1,x", "true,x" if kind == "boolean" else "1,x")
    assert "line 3, column 'a'" in refusal(plan_of, sections, tables={"t.csv": table})
    if kind != "boolean":
        with pytest.raises(ValueError, match="must be a"):
            parameter_values.from_text(Parameter(name="p", at=SourcePosition("r.yaml", 1, 1), type=kind), value)


@pytest.mark.parametrize(
    ("kind", "value"), [("integer", "1.5"), ("integer", "true"), ("number", "null"), ("boolean", "1")]
)
def test_values_of_json_lines_have_the_types_that_are_said(plan_of: PlanOf, kind: str, value: str) -> None:
    sections = loop(f"{{rows: {{file: t.jsonl, types: {{a: {kind}}}}}}}")
    found = refusal(plan_of, sections, tables={"t.jsonl": f'{{"a": {value}}}\n'})
    assert f"line 1, column 'a': {value.replace('null', 'nothing')} is not of type {kind}" in found
