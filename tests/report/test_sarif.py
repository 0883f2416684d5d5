"""SARIF 2.1.0 by its essentials: what the standard requires of a log with results, in the words of its schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from recipebatch.errors import Problem, SourcePosition
from recipebatch.report.sarif import SCHEMA, sarif

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
# Sections 3.13 (log), 3.14 (run), 3.18 and 3.19 (tool), 3.27 (result), 3.28 to 3.30 (location), 3.49 (rule).
ESSENTIALS: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"const": SCHEMA},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "invocations": {"type": "array", "items": {"type": "object", "required": ["executionSuccessful"]}},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": TEXT,
                                                "fullDescription": TEXT,
                                                "help": TEXT,
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "properties": {"level": LEVEL},
                                                },
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": LEVEL,
                                "message": TEXT,
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["physicalLocation"],
                                        "properties": {
                                            "physicalLocation": {
                                                "type": "object",
                                                "required": ["artifactLocation", "region"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "type": "object",
                                                        "required": ["uri"],
                                                        "properties": {
                                                            "uri": {"type": "string", "pattern": "^[!-~]+$"}
                                                        },
                                                    },
                                                    "region": {
                                                        "type": "object",
                                                        "required": ["startLine"],
                                                        "properties": {
                                                            "startLine": {"type": "integer", "minimum": 1},
                                                            "startColumn": {"type": "integer", "minimum": 1},
                                                        },
                                                    },
                                                },
                                            }
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def log(*problems: Problem) -> dict[str, Any]:
    body = sarif(problems)
    Draft202012Validator(ESSENTIALS).validate(body)
    (run,) = body["runs"]
    assert isinstance(run, dict)
    return run


def test_a_problem_is_a_result_with_its_rule_level_and_place() -> None:
    first = Problem(SourcePosition("a b/r.yaml", 3, 7), "vm_size is missing", "missing-key", "add it")
    second = Problem(SourcePosition("a b/r.yaml", 9, 1), "no limit", "no-time-limit", None, "warning")
    run = log(first, second, first)
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["missing-key", "no-time-limit"]
    assert [result["ruleIndex"] for result in run["results"]] == [0, 1, 0]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "error"]
    assert run["results"][0]["message"]["text"] == "vm_size is missing\nhint: add it"
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b/r.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 7}


def test_nothing_found_is_a_run_without_results() -> None:
    assert log()["results"] == []


def test_files_are_uris_as_they_were_named() -> None:
    path = Path("/a") / "ü.yaml"
    run = log(*(Problem(SourcePosition(file, 1, 1), "x", "usage") for file in (str(path), "builtin:topn", "ü#.yaml")))
    uris = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
    assert uris == ["file:///a/%C3%BC.yaml", "builtin:topn", "%C3%BC%23.yaml"]


def test_a_code_without_an_entry_is_a_rule_too() -> None:
    run = log(Problem(SourcePosition("r.yaml", 1, 1), "x", "no-such-code"))
    assert run["tool"]["driver"]["rules"] == [{"id": "no-such-code"}]
