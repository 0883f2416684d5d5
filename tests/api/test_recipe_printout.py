"""`show`: what a recipe says in the end, and where each value comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recipebatch import api, bundled_files
from recipebatch.recipe import parse_recipe, read_recipe

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = """\
extends: base.yaml
parameters: {words: {default: 5}}
pool: {target_dedicated_nodes: '${{ params.nodes * 2 }}'}
vars: {label: 'n${{ params.nodes }}'}
"""
BASE = """\
schema_version: 1
name: base
parameters:
  words: {type: integer, default: 3}
  nodes: {type: integer, default: 1}
  lines: {type: integer, default: 7}
  rows: {type: integer, default: 8}
  key: {type: secret, source: {environment_variable: MY_KEY}}
pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3}
tasks:
  - name: a
    for_each: {items: [1, "2", true, 'yes', "a: b"]}
    display_name: ${{ vars.label }}-${{ item }}
    environment_settings: {LABEL: '${{ vars.label }}', KEY: '${{ secrets.key }}'}
    commands: ['echo ${{ params.words }}']
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "r.yaml").write_text(RECIPE, encoding="utf-8")
    (tmp_path / "p.yaml").write_text("# mine\nlines: 70\nwords: 50\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECIPEBATCH_PARAM_ROWS", "80")
    monkeypatch.setenv("RECIPEBATCH_PARAM_LINES", "81")
    return tmp_path


def test_each_parameter_says_what_gave_it_its_value(folder: Path) -> None:
    found = api.show("r.yaml", {"nodes": "4"}, [folder / "p.yaml"], resolved=True, origin=True)
    assert {each.name: (each.value, each.origin) for each in found.parameters} == {
        "words": (50, f"{folder / 'p.yaml'}:3:8"),
        "nodes": (4, "--param"),
        "lines": (70, f"{folder / 'p.yaml'}:2:8"),
        "rows": (80, "RECIPEBATCH_PARAM_ROWS"),
        "key": ("***", "environment variable MY_KEY"),
    }
    plain = api.show("r.yaml", {}, resolved=True, origin=True)
    assert [each.origin for each in plain.parameters][:2] == ["default, r.yaml:2:31", "default, base.yaml:5:35"]


@pytest.mark.usefixtures("folder")
def test_each_value_says_the_file_that_it_is_written_in() -> None:
    text = api.show("r.yaml", {}, resolved=False, origin=True).text
    assert 'target_dedicated_nodes: "${{ params.nodes * 2 }}"  # r.yaml:3:32\n' in text
    assert "vm_size: STANDARD_D2S_V3  # base.yaml:9:38\n" in text


@pytest.mark.usefixtures("folder")
def test_what_is_known_before_a_run_is_filled_in_and_the_rest_stays() -> None:
    found = api.show("r.yaml", {"nodes": "3"}, resolved=True, origin=False)
    assert found.data["pool"]["target_dedicated_nodes"] == 6
    task = found.data["tasks"][0]
    assert task["environment_settings"] == {"LABEL": "n3", "KEY": "${{ secrets.key }}"}
    assert task["display_name"] == "${{ vars.label }}-${{ item }}"
    assert task["commands"] == ["echo ${{ params.words }}"]
    assert "target_dedicated_nodes: 6\n" in found.text


def test_what_is_shown_is_the_same_recipe(folder: Path) -> None:
    text = api.show("r.yaml", {}, resolved=False, origin=True).text
    again = parse_recipe(text, file="again.yaml", folder=folder)
    assert again.digest == read_recipe(folder / "r.yaml").digest


@pytest.mark.parametrize("name", sorted(bundled_files.recipes()))
def test_every_bundled_recipe_is_shown_as_it_is(name: str) -> None:
    text = api.show(f"builtin:{name}", {}, resolved=False, origin=True).text
    path = bundled_files.recipes()[name]
    assert parse_recipe(text, file="again.yaml", folder=path.parent).digest == read_recipe(path).digest
