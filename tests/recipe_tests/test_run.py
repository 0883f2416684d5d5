"""Test cases as plans: of broken recipes, and of the bundled ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator
from recipe_tests.demo import run

from recipebatch import bundled_files
from recipebatch.recipe_tests import find_tests, run_tests

if TYPE_CHECKING:
    from pathlib import Path


def test_a_broken_recipe_is_a_problem_of_every_case(folder: Path) -> None:
    (folder / "demo.yaml").write_text("schema_version: 1\nname: demo\npol: {}\n")
    text = "- name: a\n- name: b\n  expect: {problems: [{code: unknown-key}, {code: missing-key}]}\n"
    first, second = run(text).cases
    assert [failure.what for failure in first.failures] == ["problems"] * 3
    assert len(second.failures) == 1


def test_the_tests_of_the_bundled_recipes_pass() -> None:
    report = run_tests(find_tests([str(bundled_files.root() / "recipes")]))
    assert [(case.name, case.failures) for case in report.cases if case.failures] == []
    assert report.cases


def test_the_schema_of_tests_is_one_of_2020_12_and_its_examples_fit() -> None:
    schema = json.loads(bundled_files.schema("recipe-test.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    expect = schema["properties"]["cases"]["items"]["properties"]["expect"]["properties"]
    for name, rule in expect.items():
        for example in rule["examples"]:
            case = {"name": "a", "expect": {name: example}}
            Draft202012Validator(schema).validate({"cases": [case]})
