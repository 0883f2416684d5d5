"""The data files of the explanations: their form, and that single codes are read without the others."""

from __future__ import annotations

import subprocess
import sys

import pytest

from recipebatch.explain import Example, all_explanations, code_files, explanation, lint_codes


def test_an_explanation_with_an_example_is_read_whole() -> None:
    entry = explanation("no-time-limit")
    assert entry is not None
    assert entry.severity == "warning"
    assert entry.meaning == "Tasks without a time limit"
    assert entry.cause.startswith("Neither the template nor its job sets `max_wall_clock_time`: a task that hangs ")
    assert entry.fix == "Set `constraints: {max_wall_clock_time: 1h}` in the template or the job."
    assert entry.example == Example(
        "tasks: [{command_line: a}]\n", "tasks: [{command_line: a, constraints: {max_wall_clock_time: 1h}}]\n"
    )
    assert entry.snippet is None


def test_an_explanation_with_a_snippet_is_read_whole() -> None:
    entry = explanation("would-overwrite")
    assert entry is not None
    assert entry.severity == "error"
    assert entry.example is None
    assert entry.snippet == "recipebatch collect --run RUN --output-dir elsewhere"


def test_an_unknown_code_has_no_explanation() -> None:
    assert explanation("no-such-code") is None
    assert explanation("../lint/no-time-limit") is None


def test_the_codes_of_lint_are_those_of_its_folder() -> None:
    assert {"no-time-limit", "raw-used"} <= set(lint_codes())
    assert {entry.code for entry in all_explanations() if entry.severity != "error"} <= set(lint_codes())


def test_a_block_without_a_fence_is_refused() -> None:
    with pytest.raises(ValueError, match="not a fenced block"):
        code_files._fenced("tasks: []\n")


def test_importing_the_package_reads_no_explanation() -> None:
    program = (
        "import sys; opened = []; "
        "sys.addaudithook(lambda name, args: opened.append(str(args[0])) if name == 'open' else None); "
        "import recipebatch.cli.app; print([path for path in opened if 'explain/codes' in path])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
