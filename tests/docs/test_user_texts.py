"""The list of all texts for people is complete, and none of them uses a word that readers of this field do not."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from docs.user_texts import KINDS, Text, user_texts

SCRIPT = Path(__file__).with_name("user_texts.py")
QUAINT = re.compile(
    r"\b(anew|nobody|somebody|whoever|wherever one|mend(s|ed|ing)?|befall\w*|told|tells? of|is over|are over|unwise|"
    r"bears? (the|its) mark|looks? after|(stands?|is|are) just now|go(es)? on (costing|billing)|for ever|beforehand)\b",
    re.IGNORECASE,
)


@cache
def texts() -> tuple[Text, ...]:
    return user_texts()


@pytest.mark.parametrize(
    ("kind", "place", "words"),
    [
        ("help", "recipebatch apply", "recipe"),
        ("help", "recipebatch apply --new", "run"),
        ("message", "src/recipebatch/recipe/source/schema_errors.py", "{…} needs {…}"),
        ("hint", "src/recipebatch/lint/ignore.py", "remove it from ignore"),
        ("output", "src/recipebatch/phases/stage.py", "uploaded"),
        ("explain", "no-time-limit meaning", "Tasks without a time limit"),
        ("schema", "recipe.schema.json#/name", "names of the resources of a run start with it"),
    ],
)
def test_texts_of_each_kind_are_found(kind: str, place: str, words: str) -> None:
    assert [
        text for text in texts() if text.kind == kind and text.place.startswith(place) and words in text.words
    ] != []


def test_every_command_and_every_option_has_a_help() -> None:
    places = {text.place for text in texts() if text.kind == "help"}
    assert {"recipebatch validate", "recipebatch purge --orphans", "recipebatch emulator start"} <= places


def test_identifiers_and_documentation_are_left_out() -> None:
    found = {text.words for text in texts()}
    assert "invalid-recipe" not in found
    assert "The command line or the configuration is invalid." not in found


def test_every_text_is_one_line_of_a_known_kind() -> None:
    assert {text.kind for text in texts()} == set(KINDS)
    assert [text for text in texts() if "\n" in str(text)] == []


def test_no_text_has_a_quaint_word() -> None:
    quaint = [f"{found[0]} in {text}" for text in texts() if (found := QUAINT.search(text.words))]
    assert quaint == [], "say it as an engineer would search for it"


def test_the_script_prints_the_lines_that_contain_a_word() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "remove it from IGNORE"], check=True, capture_output=True, text=True)
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["hint"]
