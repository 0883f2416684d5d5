"""Errors, problems and explanations as text."""

from __future__ import annotations

from dataclasses import replace

from recipebatch.cli.render.problems import error_text, explanation_text, explanations_text, problems_text
from recipebatch.cli.render.problems import test_results_text as results_text
from recipebatch.errors import InvalidRecipeError, Problem, ServiceError, SourcePosition, UsageError
from recipebatch.explain import explanation, lint_codes
from recipebatch.recipe_tests import CaseResult, CasesReport, Failure

AT = SourcePosition("r.yaml", 4, 3)


def test_an_error_is_one_line_with_its_code_its_hint_and_its_notes() -> None:
    assert error_text(UsageError("no recipe")) == "error: no recipe [usage]"
    failure = ServiceError("pool p1 refused", hint="purge it", at=AT)
    failure.add_note("still there: pool p1")
    assert error_text(failure).splitlines() == [
        "r.yaml:4:3: error: pool p1 refused [service]",
        "  hint: purge it",
        "  still there: pool p1",
    ]


def test_an_invalid_recipe_is_all_its_problems_and_how_many_of_each_kind() -> None:
    one = Problem(AT, "wrong", "unknown-key", "remove it")
    assert error_text(InvalidRecipeError((one,))).splitlines() == [
        "r.yaml:4:3: error: wrong [unknown-key]",
        "  hint: remove it",
    ]
    found = (one, replace(one, severity="warning"), replace(one, severity="warning"))
    assert problems_text(found).splitlines()[-1] == "1 error, 2 warnings"


def test_every_code_can_be_explained_and_listed() -> None:
    entries = [entry for entry in map(explanation, lint_codes()) if entry is not None]
    for entry in entries:
        text = explanation_text(entry)
        assert text.startswith(f"{entry.code} ({entry.severity}): {entry.meaning}.\n\n{entry.cause}\n\n{entry.fix}\n")
    lines = explanations_text(entries).splitlines()
    assert [line.split()[0] for line in lines] == sorted(entry.code for entry in entries)


def test_ten_problems_of_a_kind_are_shown_and_the_others_counted() -> None:
    found = [Problem(replace(AT, line=line), "wrong", "unknown-key") for line in range(1, 3001)]
    text = problems_text([*found, Problem(AT, "b" * 5000, "missing-key")])
    lines = text.splitlines()
    assert [line.partition(":")[2].partition(":")[0] for line in lines[:10]] == [str(line) for line in range(1, 11)]
    assert lines[10].endswith("bbb… (5,000 characters) [missing-key]")
    assert lines[11:] == ["… and 2,990 more of this kind [unknown-key]", "3,001 errors"]


def test_a_long_difference_is_cut() -> None:
    failure = Failure("golden", "the plan differs", tuple(f"+{number}" for number in range(1000)))
    report = CasesReport(cases=(CaseResult(name="a", at=AT, recipe="r.yaml", failures=(failure,)),))
    lines = results_text(report).splitlines()
    assert lines[-3:] == ["    +99", "    … and 900 more lines", "0 passed, 1 failed"]
