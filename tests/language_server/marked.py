"""Texts of tests with a mark where the cursor is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.language_server.analysis import Analysis, analyse
from recipebatch.language_server.features.completion import Cursor, complete
from recipebatch.language_server.schema import schema
from recipebatch.language_server.source.positions import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.language_server.features.suggestion import Suggestion
    from recipebatch.language_server.knowledge import Knowledge

MARK = "¦"
TODAY = date(2026, 6, 1)
FILE = "/recipes/r.yaml"
RULES = schema("recipe.schema.json")
RECIPE = """\
schema_version: 1
name: r
parameters:
  words: {type: integer, default: 3, minimum: 1, description: How many words.}
  city:
    type: string
    description: A city.
  token: {type: secret, source: {environment_variable: RECIPEBATCH_SECRET_TOKEN}}
vars:
  double: ${{ params.words * 2 }}
storage:
  input: {}
  output: {}
pool:
  image: ubuntu-24.04
  vm_size: Standard_D2s_v5
  target_dedicated_nodes: 1
tasks:
  - name: count
    for_each: {items: [north, south]}
    environment_settings: {TOKEN: "${{ secrets.token }}", CITY: "${{ params.city }}"}
    commands:
      - count ${{ item }} ${{ params.words }} > out.txt
    output_files:
      - {file_pattern: out.txt, container: output, path: "${{ item }}.txt"}
  - name: merge
    depends_on: count
    resource_files:
      - container: output
    commands:
      - cat *.txt
collect:
  - container: output
"""


def split(marked: str) -> tuple[Text, int]:
    """The text without the mark, and where the mark was."""
    assert marked.count(MARK) == 1, marked
    return Text(marked.replace(MARK, "")), marked.index(MARK)


def analysed(text: str, others: Mapping[str, str] | None = None, file: str = FILE) -> Analysis:
    """The analysis of a recipe that is open, with other files that are open."""
    return analyse(Path(file), text, others or {}, TODAY)


def known(text: str = RECIPE) -> Knowledge:
    """What is known of a recipe."""
    found = analysed(text).knowledge
    assert found is not None
    return found


def completed(marked: str, of: str = RECIPE) -> dict[str, Suggestion]:
    """What can be written at the mark, by labels, when the last text that could be read was `of`."""
    text, offset = split(marked)
    cursor = Cursor(text=text, offset=offset, file=FILE, rules=RULES, knowledge=known(of))
    return {each.label: each for each in complete(cursor)}
