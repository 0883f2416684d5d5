"""What only a shell acts on, in a command line that no shell reads."""

from __future__ import annotations

import re

_SHELL = re.compile(
    r"\s*\"?(?:\S*[/\\])?(?:sh|bash|dash|zsh|ksh|ash|busybox|(?:cmd|powershell|pwsh)(?:\.exe)?)\"?(?:\s|\Z)",
    re.IGNORECASE,
)
_VARIABLES = {
    False: r"\$[A-Za-z_]\w*|\$\{[A-Za-z_][^}]{0,200}\}?|\$\(|`",
    True: r"%[A-Za-z_]\w*%",
}
_SYNTAX = {
    False: re.compile(
        _VARIABLES[False] + r"|&&|\|\||[|><;]|(?<!\S)~(?:/|(?=\s|\Z))"
        r"|\A\s*[A-Za-z_]\w*=\S*(?=\s)|(?<!\S)[^\s*?\[]*(?:\*|\?|\[[^\s\]]+\])\S*"
    ),
    True: re.compile(_VARIABLES[True] + r"|&&|\|\||[|><&]|(?<!\S)[^\s*?]*[*?]\S*"),
}
"""Variables, substitutions, operators, `~`, assignments in front, wildcards."""


def without_effect(command_line: str, *, windows: bool) -> str | None:
    """The first part of a command line that has no effect without a shell; None if it has none, or starts a shell.

    In single quotes a shell leaves everything as it is; in double quotes it acts on variables and substitutions only.
    """
    if _SHELL.match(command_line):
        return None
    variables = re.compile(_VARIABLES[windows])
    unquoted = re.sub(r"'[^']*'", "", command_line)
    unquoted = re.sub(r'"([^"]*)"', lambda quoted: " ".join(("", *variables.findall(quoted[1]), "")), unquoted)
    found = _SYNTAX[windows].search(unquoted)
    return None if found is None else found[0].strip()
