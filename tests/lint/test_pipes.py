"""Pipes whose reader ends early."""

from __future__ import annotations

import pytest
from lint.test_shells import of_command


@pytest.mark.parametrize(
    "command",
    [
        "seq 1000000 | head -1",
        "x=$(seq 9 | head -n 1)",
        "if dmesg | grep -q x; then a; fi",
        "a | grep -iq x",
        "a | grep -m1 x",
        "a | grep -m 1 x",
        "a | sed 3q",
        "a | sed -n '1p;1q'",
        "a | awk '{print; exit}'",
        "yes | apt-get install foo",
        "yes | sudo apt-get install foo",
        "a | b |\n  head -1 | c",
        "a | (head -1)",
        "a | timeout 5 head -1",
        "a | env LC_ALL=C nice -n 5 grep -q x",
        "a | sed 's/x/y/;2q'",
        "a | awk '/x/{print $1 / 2; exit 0}'",
        "a |& head -1",
        "(a | head -1)",
        "bash -o pipefail -c 'a | head -1'",
    ],
)
def test_a_reader_that_ends_early_is_found(command: str) -> None:
    assert of_command(command, "bash") == ["pipe-ends-early"]


@pytest.mark.parametrize(
    "command",
    [
        "a | head -n -1",
        "a | grep x",
        "a | grep -eq",
        "a | grep x >/dev/null",
        "a | sed -n 1p",
        "a | sed s/q/x/",
        "a | sed 's/;q;/x/'",
        "a | awk '/exit/'",
        "a | { head -1; cat >/dev/null; }",
        "a | (head -1; cat)",
        "a | head -1 || [ $? -eq 141 ]",
        "a | awk 'NR==1'",
        "a | awk '{n++} END {exit n}'",
        "echo a | grep -q a",
        "head -1 x | sort",
        "a | head -1 || true",
        "a | head -1 | sort || :",
        'echo "$(a | head -1)"',
        "set +o pipefail; a | head -1",
        "a || head -1 x",
        "(set +o pipefail; a | head -1)",
    ],
)
def test_a_pipe_that_is_read_to_its_end_or_whose_failure_does_not_count_is_right(command: str) -> None:
    assert of_command(command, "bash") == []
