import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.recipe.nodes import Node
from recipebatch.recipe.source.document import MAX_BYTES, parse, read_text

QUOTE_IT = "put the whole text in single quotes, or the inner mapping on lines of its own"
NO_TAG = "remove it; quote a text"
NO_ANCHOR = "define &{0}; a pattern needs quotes: '*{0}'"
CLOSE_IT = "close it where its text ends"
QUOTED_TAG = "a value that begins with ! is a tag: put the whole text in single quotes"
BY_ANCHOR = "refer to a mapping by its anchor: `<<: *name`"
ESCAPE_IT = "write it as an escape in double quotes"
ALIGN_IT = "give keys of one mapping the same indentation"


def refusal(text: str) -> str:
    with pytest.raises(InvalidRecipeError) as caught:
        parse(text, "r.yaml")
    problem = caught.value.problems[0]
    hint = f" | {problem.hint}" if problem.hint else ""
    return f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message}{hint}"


def test_values_are_those_of_yaml_1_2() -> None:
    text = "a: yes\nb: 010\nc: 0o10\nd: 1.5e3\ne: ~\nf: true\ng: 2024-01-01\nh: '1'\ni: 0x1f\nj: 1:30\nk:\n"
    assert parse(text, "f").plain() == {
        "a": "yes", "b": 10, "c": 8, "d": 1500.0, "e": None, "f": True,
        "g": "2024-01-01", "h": "1", "i": 31, "j": "1:30", "k": None,
    }  # fmt: skip


def test_every_key_and_value_remembers_where_it_is_written() -> None:
    document = parse("a:\n  - b: c\n", "f")
    assert isinstance(document.value, dict)
    items = document.value["a"].value.items()
    assert str(document.value["a"].key_at) == "f:1:1"
    assert isinstance(items[0].value, dict)
    assert str(items[0].value["b"].key_at) == "f:2:5"
    assert str(items[0].value["b"].value.at) == "f:2:8"


def test_merge_keys_give_way_to_keys_that_are_written() -> None:
    text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  a: 5\n"
    assert parse(text, "f").plain()["z"] == {"a": 5, "b": 2, "c": 4}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1 [empty-file] the file is empty | start one with: recipebatch new NAME --from topn"),
        ("# nothing\n", "1:1 [empty-file] the file is empty | start one with: recipebatch new NAME --from topn"),
        ("- a\n- b\n", "1:1 [not-a-mapping] a recipe is a mapping (`key: value` lines), not a list"),
        ("hello\n", "1:1 [not-a-mapping] a recipe is a mapping (`key: value` lines), not a single text"),
        ("a:\n\tb: c\n", "2:1 [yaml-syntax] a tab cannot indent YAML | indent with spaces"),
        ("a: b: c\n", "1:5 [yaml-syntax] a second ': ' on one line | " + QUOTE_IT),
        ("a: @b\n", "1:4 [yaml-syntax] a value cannot begin with @ | put the whole text in single quotes: '@b'"),
        ("a: 1\n---\nb: 2\n", "2:1 [yaml-syntax] a second YAML document starts here | remove the `---`"),
        ("a: *b\n", "1:4 [yaml-syntax] *b refers to no complete value above it | " + NO_ANCHOR.format("b")),
        ("a: &a [*a]\n", "1:8 [yaml-syntax] *a refers to no complete value above it | " + NO_ANCHOR.format("a")),
        ("a: 1\nb: 2\na: 3\n", "3:1 [duplicate-key] duplicate key a | the first is in line 1"),
        ("a: !!python/x:y z\n", "1:4 [yaml-tag] the tag !!python/x:y is not supported in a recipe | remove it"),
        ("b: 1\na: !" + "x" * 1_400_000, "2:4 [yaml-tag] a tag with more than 1,000 characters | " + NO_TAG),
        ("a: [!<" + "x" * 1_400_000, "1:5 [yaml-tag] a tag with more than 1,000 characters | " + NO_TAG),
        ("a: !run x\n", "1:4 [yaml-tag] the tag !run is not supported in a recipe | " + QUOTED_TAG),
        ("a: .inf\n", "1:4 [not-finite] .inf is not a number that can be used | quote it if it is a text"),
        ("[a]: b\n", "1:1 [key-not-text] a key must be a text, not a list or a mapping | put it in quotes"),
        ("1: b\n", "1:1 [key-not-text] a key must be a text, not 1 | put it in quotes"),
        ("true: b\n", "1:1 [key-not-text] a key must be a text, not true | put it in quotes"),
        ("a: {<<: 1}\n", "1:9 [yaml-syntax] << merges a mapping, or a list of mappings | " + BY_ANCHOR),
        ('a: "\\ue000"\n', "1:4 [reserved-character] the character U+E000 is not allowed in a recipe | remove it"),
        ('a: "x\\0"\n', "1:4 [reserved-character] the character U+0000 is not allowed in a recipe | remove it"),
        ("a: b\x07\n", "1:5 [yaml-syntax] the character U+0007 is not allowed in YAML | " + ESCAPE_IT),
        ("%YAML 1.1\n---\na: b\n", "2:1 [yaml-syntax] recipes are YAML 1.2 | remove the %YAML line"),
        ("a: [1, 2\n", "2:1 [yaml-syntax] a quote or bracket is never closed | " + CLOSE_IT),
        ("a: 'b\n", "2:1 [yaml-syntax] a quote or bracket is never closed | " + CLOSE_IT),
        ("a: 1\n b: 2\n", "2:3 [yaml-syntax] this line does not fit the indentation above it | " + ALIGN_IT),
        ("a:\n  b: 1\n c: 2\n", "3:2 [yaml-syntax] this line does not fit the indentation above it | " + ALIGN_IT),
        (f"a: {'9' * 301}\n", "1:4 [number-too-long] a number with 301 digits | quote it if it is a text"),
    ],
)  # fmt: skip
def test_what_is_no_recipe_is_refused_at_its_position(text: str, expected: str) -> None:
    assert refusal(text).startswith(expected) if "%YAML" in text else refusal(text) == expected


def test_tabs_may_separate_but_not_indent() -> None:
    text = "a:\t1\t# one\nb:\t{c:\t[1,\t2],\n\td: e}\nf: |\n  x\ty:\tz\n"
    assert parse(text, "f").plain() == {"a": 1, "b": {"c": [1, 2], "d": "e"}, "f": "x\ty:\tz\n"}
    assert refusal("a:\n  - b\n\t- c\n").endswith("a tab cannot indent YAML | indent with spaces")


def test_a_position_has_the_text_of_its_file_unless_that_may_hold_secrets() -> None:
    assert getattr(parse("a: 1\n", "f").at.file, "text", None) == "a: 1\n"
    assert getattr(parse("a: 1\n", "f", quotable=False).at.file, "text", None) is None


def test_a_file_that_nests_without_end_is_refused() -> None:
    assert refusal("a: " + "[" * 100_000) == "1:103 [too-deep] nested more than 100 levels deep"
    assert refusal("a: " + "{a: " * 100_000).endswith("[too-deep] nested more than 100 levels deep")


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    assert "[too-many-aliases] aliases write out more than 40,000 values" in refusal("\n".join(lines))


def test_aliases_that_only_deepen_are_refused() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 200)]
    assert "[too-deep]" in refusal("\n".join(lines))


def test_a_file_in_another_encoding_is_refused_at_the_byte() -> None:
    with pytest.raises(InvalidRecipeError) as caught:
        read_text("a: 1\nb: é\n".encode("latin-1"), "r.yaml")
    assert str(caught.value.at) == "r.yaml:2:4"
    assert caught.value.message == "the file is not UTF-8: byte 0xe9"


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read_text("\ufeffa: 1".encode(), "f") == "a: 1"


def test_a_file_too_large_is_refused() -> None:
    with pytest.raises(InvalidRecipeError) as caught:
        read_text(b"#" * (MAX_BYTES + 1), "r.yaml")
    assert caught.value.problems[0].code == "file-too-large"


def test_nodes_compare_by_what_they_say() -> None:
    assert parse("a: [1]", "f") == parse("a: [1]", "f")
    assert isinstance(parse("a: [1]", "f"), Node)


@pytest.mark.parametrize(
    "text", ["a:\n" + "- b\n" * 300_000, "a: [" + "1," * 600_000 + "1]\n", "a: [" + "[]," * 400_000]
)
def test_a_document_of_very_many_values_is_refused_where_there_are_too_many(text: str) -> None:
    assert "[too-many-values] the file holds too many values: a recipe has at most 20,000 keys" in refusal(text)


def test_a_document_of_many_values_is_read() -> None:
    assert len(parse("a:\n" + "- b\n" * 19_000, "r.yaml").plain()["a"]) == 19_000
