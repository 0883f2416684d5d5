import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.recipe.source.document import parse
from recipebatch.recipe.source.syntax_problems import explain_syntax

QUOTE = "put the whole text in single quotes"
FLOW = 'put the whole text in quotes: "… ${{ … }} …"; or write the list or mapping on lines of its own'
EXAMPLE = 'for example ["part[0-9].csv"]'


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("a: [cp ${{ x }} b]\n", "an expression inside [ ] or { } needs quotes", FLOW),
        ("a: {path: ${{ x }}}\n", "an expression inside [ ] or { } needs quotes", FLOW),
        ("a: {path: b/${{ x }}, c: d}\n", "an expression inside [ ] or { } needs quotes", FLOW),
        (
            "a:\n  - b: {{ x }}\n",
            "{{ … }} is a mapping in YAML, not an expression",
            "write ${{ … }}; inside [ ] and { } in quotes",
        ),
        (
            "a: [*.txt]\n",
            "*.txt is read as a reference to an anchor, not as a pattern",
            "put a pattern in quotes: '*.txt'",
        ),
        (
            "a:\n  - **/b.txt\n",
            "**/b.txt is read as a reference to an anchor, not as a pattern",
            "put a pattern in quotes: '**/b.txt'",
        ),
        ("a: [part[0-2].csv]\n", "a text with [ inside [ ] or { } needs quotes", EXAMPLE),
        ("a: [x{1,2}.csv]\n", "a text with { inside [ ] or { } needs quotes", EXAMPLE),
        (
            "a:\n  - [ -f x ] && b\n",
            "a value that begins with [ is a list, which ends at ]; nothing may follow it",
            f"{QUOTE}: '[ -f x ] && b'",
        ),
        (
            'a:\n  - "$X"/run it\'s\n',
            'a value that begins with " is a text that ends at the next "; nothing may follow it',
            f"{QUOTE}: '\"$X\"/run it''s'",
        ),
        (
            "a:\n  - { b; } > c\n",
            "a value that begins with { is a mapping, which ends at }; nothing may follow it",
            f"{QUOTE}: '{{ b; }} > c'",
        ),
        ("a:\n  - > out\n", "a value that begins with > is a block of text on the lines below", f"{QUOTE}: '> out'"),
        (
            "a:\n  - |grep x\n",
            "a value that begins with | is a block of text on the lines below",
            f"{QUOTE}: '|grep x'",
        ),
        ("a: `b`\n", "a value cannot begin with `", f"{QUOTE}: '`b`'"),
        ("a: !b c\n", "the tag !b is not supported in a recipe", f"a value that begins with ! is a tag: {QUOTE}"),
        ("a: && b\n", "an anchor cannot have & in its name", f"a value that begins with & is an anchor: {QUOTE}"),
        (
            'a: "C:\\data"\n',
            "a \\ in double quotes begins an escape that YAML does not have",
            "write \\\\ in double quotes, or put the text in single quotes: they keep each \\",
        ),
        ("a:\n  -b: c\n   d: e\n", "a - without a blank after it begins no entry of a list", "write `- key: value`"),
        ("a:\n  - b:c\n    d: e\n", "b: has no blank after the colon", "write `b: value`"),
        (
            "a:\n  - b: c\n     d: e\n",
            "this line does not fit the indentation above it",
            "give keys of one mapping the same indentation",
        ),
        ("a: b\nc\nd: e\n", "a key without ':'", "write `key: value`; indent the lines of a longer text below it"),
        (
            "a: [b: 'echo 'it's'']\n",
            "a text that begins with ' ends at the next '; nothing may follow it",
            "put the text in double quotes, or write '' for each ' inside '…'",
        ),
        (
            'a: ["echo "it"]\n',
            'a text that begins with " ends at the next "; nothing may follow it',
            'put the text in single quotes, or write \\" for each " inside "…"',
        ),
        (
            "a: ['b' 'c']\n",
            "not YAML: expected ',' or ']', but got '<scalar>'",
            "close the bracket, or write a comma between two values",
        ),
    ],
)
def test_a_usual_mistake_is_explained_with_what_to_write(text: str, message: str, hint: str) -> None:
    with pytest.raises(InvalidRecipeError) as caught:
        parse(text, "r.yaml")
    assert (caught.value.problems[0].message, caught.value.problems[0].hint) == (message, hint)


def test_what_is_not_known_keeps_the_words_of_the_parser() -> None:
    assert explain_syntax("something else", "a: b", 1, 1) == ("not YAML: something else", None)
