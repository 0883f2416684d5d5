"""Recipes held against what their authors expect of them, without an account. The doors: `find_tests`, `run_tests`."""

from __future__ import annotations

from recipebatch.testing.junit import junit
from recipebatch.testing.model import CaseResult, CasesReport, Failure
from recipebatch.testing.read import find_tests
from recipebatch.testing.run import run_tests

__all__ = ["CaseResult", "CasesReport", "Failure", "find_tests", "junit", "run_tests"]
