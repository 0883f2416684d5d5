"""States, causes and error codes are spelled in the vocabulary; the client compares with its constants."""

from __future__ import annotations

import ast
import enum
from pathlib import Path

from recipebatch.vocabulary import causes, error_codes, states

SOURCES = Path(__file__).resolve().parents[2] / "src" / "recipebatch"
CLIENT = ("api", "cli", "execution", "phases", "report", "runs", "service")
ELSEWHERE = {
    "container": "a kind of resource, and a key of the manifest",
    "node": "a word in a sentence, singular of nodes",
    "exit_code": "a key of JSON reports",
    "preempted": "a field of a recorded node",
    "start_task": "a key of events",
    "unknown": "a verdict, and a word where nothing is known",
}
"""Words that are spelled like a state or a cause and mean something else."""


def spelled() -> set[str]:
    """Every value of the vocabulary's states, causes and error codes."""
    enums = [
        value
        for module in (states, causes)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, enum.Enum)
    ]
    codes = {value for name, value in vars(error_codes).items() if name.isupper()}
    failures = {causes.TASK_ENDED, causes.FILE_UPLOAD}
    return {str(member.value) for kind in enums for member in kind} | codes | failures


def docstrings(tree: ast.Module) -> set[int]:
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))]
    return {id(statement.value) for body in bodies for statement in body if isinstance(statement, ast.Expr)}


def test_no_state_cause_or_code_is_written_out_in_the_client() -> None:
    words = spelled() - ELSEWHERE.keys()
    found = []
    for package in CLIENT:
        for path in sorted((SOURCES / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            own = docstrings(tree)
            found += [
                f"{path.relative_to(SOURCES)}:{node.lineno} {node.value!r}"
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and node.value in words and id(node) not in own
            ]
    assert found == []


def test_every_word_that_means_something_else_is_one_of_the_vocabulary() -> None:
    assert ELSEWHERE.keys() <= spelled()


def test_a_job_that_has_ended_accepts_no_task() -> None:
    assert states.ENDED < states.CLOSED
    assert {states.JobState.TERMINATING} == states.CLOSED - states.ENDED
