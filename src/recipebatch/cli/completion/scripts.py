"""The scripts that connect a shell with `recipebatch __complete`, and what that prints for each of them."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.cli.completion.values import Candidate

FILES_MARK = ":files"
"""Printed alone: the shell is to complete names of files."""

BASH = """\
# bash completion of recipebatch: source <(recipebatch completion bash)
_recipebatch_complete() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == ":files" ]]; then
            compopt +o nospace -o default 2>/dev/null
            return
        fi
        COMPREPLY+=("$line")
    done < <(RECIPEBATCH_WORDBREAKS=$COMP_WORDBREAKS "$1" __complete bash "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -o nospace -F _recipebatch_complete recipebatch
"""

ZSH = """\
#compdef recipebatch
# zsh completion of recipebatch: source <(recipebatch completion zsh), after compinit
_recipebatch() {
    local line
    local -a lines part closed closed_shown open open_shown
    lines=("${(@f)$("${words[1]}" __complete zsh "${(Q)PREFIX}" "${(@Q)words[2,CURRENT-1]}" 2>/dev/null)}")
    if [[ "$lines[1]" == ":files" ]]; then
        _files
        return
    fi
    for line in "${lines[@]}"; do
        [[ -z "$line" ]] && continue
        part=("${(@ps:\\t:)line}")
        if [[ "$part[3]" == "open" ]]; then
            open+=("$part[1]")
            open_shown+=("$part[1]${part[2]:+  -- $part[2]}")
        else
            closed+=("$part[1]")
            closed_shown+=("$part[1]${part[2]:+  -- $part[2]}")
        fi
    done
    (( $#closed )) && compadd -l -d closed_shown -a closed
    (( $#open )) && compadd -l -S '' -d open_shown -a open
}
if [[ "$funcstack[1]" == "_recipebatch" ]]; then
    _recipebatch "$@"
else
    compdef _recipebatch recipebatch
fi
"""

FISH = """\
# fish completion of recipebatch: recipebatch completion fish | source
function __recipebatch_complete
    set -l words (commandline -opc)
    set -l begun (commandline -ct)
    set -l found ($words[1] __complete fish "$begun" $words[2..] 2>/dev/null)
    if test "$found[1]" = ":files"
        __fish_complete_path "$begun"
    else
        string join \\n -- $found
    end
end
complete -c recipebatch -f -a "(__recipebatch_complete)"
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
"""By the name of the shell."""

_PLAIN = re.compile(r"([^\w@%+=:,./~-])")


def printed(shell: str, found: Sequence[Candidate] | str, begun: str, wordbreaks: str = "") -> list[str]:
    """The lines that the script of a shell reads.

    Args:
        shell: its name.
        found: the candidates; a text is `FILES`.
        begun: the word up to the cursor.
        wordbreaks: at which bash ends a word: it replaces only what follows the last of them.
    """
    if isinstance(found, str):
        return [FILES_MARK]
    # A name with a line end in it cannot be handed over.
    found = [each for each in found if each.value.isprintable()]
    if shell == "bash":
        kept = max((begun.rfind(sign) for sign in ":=" if sign in wordbreaks), default=-1) + 1
        return [_PLAIN.sub(r"\\\1", each.value[kept:]) + ("" if each.open else " ") for each in found]
    if shell == "zsh":
        return [f"{each.value}\t{one_line(each.help)}\t{'open' if each.open else 'closed'}" for each in found]
    return [f"{each.value}\t{one_line(each.help)}" if each.help else each.value for each in found]


def words_of(line: str) -> tuple[list[str], str]:
    """The words of a command line before the last one, without the program's name, and the last one as far as typed."""
    for end in ("", '"', "'"):
        try:
            # A mark at the end tells whether the last word has begun.
            words = shlex.split(line + ("\0" if not end else f"\0{end}"))
        except ValueError:
            continue
        return words[1:-1], words[-1].removesuffix("\0")
    return [], ""
