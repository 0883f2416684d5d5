"""Programs of the machine that tests drive, such as a browser or a shell."""

from __future__ import annotations

import os
import shutil

import pytest

REQUIRED = "RECIPEBATCH_TEST_PROGRAMS"
"""With the value `required` a program that is missing fails its tests; `.ci/run` installs them and sets it."""


def required_program(*names: str) -> str:
    """The path of the first of these programs that is installed.

    Without any the test fails in CI, and is skipped elsewhere.
    """
    for name in names:
        if (path := shutil.which(name)) is not None:
            return path
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(f"{names[0]} is not installed")
    pytest.skip(f"{names[0]} is not installed")
