"""Arguments on Windows, read back by a model of what reads them there: cmd, then the program's C runtime.

Sources: Microsoft, Windows commands, "cmd" and "set" (variables, `%NAME:old=new%`, carets, quotes), and "Parsing C
command-line arguments" (backslashes, quotes). cmd on a command line leaves a variable that is not defined as it stands.
"""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from recipebatch.plan.expressions.shell_quoting import argument

VARIABLES = {"PATH": "EXPANDED", "X": "EXPANDED"}
ENDS = frozenset("&|<>()\n\r")
PIECES = [*'%^"\\&|<>()! :=~,;*?', "PATH", "X", "%PATH%", "%PATH:A=b%", "%X:~0,3%", "a"]

values = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(
    st.characters(exclude_characters="\x00\r\n", exclude_categories=["Cs"]), max_size=20
)


def expanded(line: str) -> str:
    """The line after cmd replaced variables, which it does before anything else, in quotes or not."""
    done, at = "", 0
    while (start := line.find("%", at)) >= 0:
        done += line[at:start]
        end = line.find("%", start + 1)
        name = line[start + 1 : end].partition(":")[0].upper() if end >= 0 else ""
        if name in VARIABLES:
            done, at = done + VARIABLES[name], end + 1
        else:
            done, at = done + "%", start + 1
    return done + line[at:]


def after_cmd(line: str) -> str:
    """What cmd passes on to a program; a character that would end the command is an error."""
    found, quoted, at = "", False, 0
    line = expanded(line)
    while at < len(line):
        sign = line[at]
        if sign == "^" and not quoted:
            at += 1
            found += line[at : at + 1]
        else:
            assert quoted or sign not in ENDS, f"{sign} ends the command in {line}"
            quoted ^= sign == '"'
            found += sign
        at += 1
    return found


def arguments(line: str) -> list[str]:
    """The arguments that the C runtime makes of a command line."""
    found: list[str] = []
    current: str | None = None
    quoted, at = False, 0
    while at < len(line):
        slashes = len(re.match(r"\\*", line[at:])[0])  # type: ignore[index]
        at += slashes
        sign = line[at : at + 1]
        if sign == '"':
            current = (current or "") + "\\" * (slashes // 2)
            if slashes % 2:
                current += '"'
            elif quoted and line[at + 1 : at + 2] == '"':
                current += '"'
                at += 1
            else:
                quoted = not quoted
        else:
            current = (current or "") + "\\" * slashes if slashes else current
            if sign in {" ", "\t"} and not quoted:
                found += [] if current is None else [current]
                current = None
            elif sign:
                current = (current or "") + sign
        at += 1
    return found + ([] if current is None else [current])


@settings(max_examples=300, deadline=None)
@given(st.lists(values, min_size=1, max_size=4))
@example(["%PATH%", "%PATH:A=b%", "%X:~0,3%", "%%PATH%%", "%"])
@example(['a"b', "c:\\dir with\\", '\\"', '"', "", "\\"])
@example(["a & del *", "^", "^^%", '"&"', "%^&"])
def test_any_text_survives_cmd_and_the_c_runtime(texts: list[str]) -> None:
    through_cmd = " ".join(argument(text, "windows", shell=True) for text in texts)  # noqa: S604 - it starts none
    assert arguments(after_cmd(through_cmd)) == texts
    alone = " ".join(argument(text, "windows", shell=False) for text in texts)
    assert arguments(alone) == texts
