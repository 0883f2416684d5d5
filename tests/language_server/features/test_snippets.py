"""Values with places for the cursor as YAML."""

from __future__ import annotations

from typing import Any

import pytest

from recipebatch.language_server.features.snippets import escaped, in_flow, mapping, plain, snippet


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"image": "${1:ubuntu}", "nodes": 1}, "pool:\n  image: ${1:ubuntu}\n  nodes: 1"),
        ([{"name": "$1", "commands": ["${2:a}"]}], "pool:\n  - name: $1\n    commands:\n      - ${2:a}"),
        ("always", "pool: always"),
        ({}, "pool: {}"),
        ([1, 2], "pool: [1, 2]"),
        ("", "pool:"),
        ("${{ item }}", 'pool: "\\${{ item \\}\\}"'),
        ({"a": "[${1:1}]"}, "pool:\n  a: [${1:1}]"),
    ],
)
def test_a_key_with_its_value(body: Any, text: str) -> None:
    assert snippet("pool", body).replace('"', "") == text.replace('"', "")


def test_lines_below_the_first_one_are_indented() -> None:
    assert mapping({"name": "a", "pool": {"id": "b"}}, "  ") == "name: a\n  pool:\n    id: b"


def test_a_value_on_one_line() -> None:
    assert in_flow({"a": [1, "$1"], "b": True}) == "{a: [1, $1], b: true}"


def test_without_places_the_texts_stay() -> None:
    assert plain("a: ${1:b}\nc: $2\\${{ x \\}\\}$0") == "a: b\nc: ${{ x }}"
    assert plain(escaped("a $1 } \\")) == "a $1 } \\"
