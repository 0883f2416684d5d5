"""Tests of recipes: plans compared with expected results, without an account. The doors: `find_tests`, `run_tests`."""

from recipebatch.recipe_tests.model import CaseResult, CasesReport, Failure, as_junit
from recipebatch.recipe_tests.read import find_tests
from recipebatch.recipe_tests.run import run_tests

__all__ = [
    "CaseResult",
    "CasesReport",
    "Failure",
    "as_junit",
    "find_tests",
    "run_tests",
]
