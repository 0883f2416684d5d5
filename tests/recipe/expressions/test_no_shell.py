from __future__ import annotations

import pytest

from recipebatch.recipe.expressions.no_shell import without_effect


@pytest.mark.parametrize(
    ("command_line", "found"),
    [
        ("echo $AZ_BATCH_POOL_ID", "$AZ_BATCH_POOL_ID"),
        ("echo ${AZ_BATCH_POOL_ID}", "${AZ_BATCH_POOL_ID}"),
        ('echo "in $HOME/x"', "$HOME"),
        ("echo '$HOME' 'a && b'", None),
        ('echo "a && b | c" "*.txt"', None),
        ("echo `date`", "`"),
        ('echo "$(date)"', "$("),
        ("python3 run.py *.txt", "*.txt"),
        ("cat part[0-9]", "part[0-9]"),
        ("FOO=bar prog", "FOO=bar"),
        ("prog --foo=bar", None),
        ("~/run.sh", "~/"),
        ("a~b", None),
        ("a && b", "&&"),
        ("a > out", ">"),
        ("bash -c 'a && b'", None),
        ("/bin/bash -c 'a | b'", None),
        ('"/bin/sh" -c a|b', None),
        ("env A=$B prog", "$B"),
        ("bashful $A", "$A"),
    ],
)
def test_what_only_a_shell_of_linux_acts_on(command_line: str, found: str | None) -> None:
    assert without_effect(command_line, windows=False) == found


@pytest.mark.parametrize(
    ("command_line", "found"),
    [
        ("run.exe %AZ_BATCH_POOL_ID%", "%AZ_BATCH_POOL_ID%"),
        ('run.exe "%TEMP%\\x & y"', "%TEMP%"),
        ("run.exe $HOME", None),
        ("a.exe & b.exe", "&"),
        ("del *.txt", "*.txt"),
        ("cmd /c del *.txt", None),
        ("CMD.EXE /c del *.txt", None),
        ("powershell.exe -c dir | more", None),
    ],
)
def test_what_only_a_shell_of_windows_acts_on(command_line: str, found: str | None) -> None:
    assert without_effect(command_line, windows=True) == found
