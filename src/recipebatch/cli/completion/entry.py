"""`recipebatch __complete SHELL …`: what the scripts of shells call; it imports as little as it can."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NAME = "__complete"


def main(arguments: Sequence[str], root: Callable[[], Any]) -> None:
    """Print the candidates; whatever fails, a shell completes nothing and says nothing.

    Args:
        arguments: the shell, then for bash the line up to the cursor, for others the word begun and those before it.
        root: gives the root command of the parser.
    """
    try:
        lines = candidates(arguments, root)
    except Exception:  # noqa: BLE001 - a traceback must not appear in the command line of the shell
        return
    sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))


def candidates(arguments: Sequence[str], root: Callable[[], Any]) -> list[str]:
    """The lines for a shell."""
    from recipebatch.cli.completion.command_tree import command_tree
    from recipebatch.cli.completion.complete import complete
    from recipebatch.cli.completion.scripts import printed, words_of

    shell, begun, *words = arguments
    if shell == "bash":
        words, begun = words_of(begun)
    found = complete(command_tree(root), words, begun)
    return printed(shell, found, begun, os.environ.get("RECIPEBATCH_WORDBREAKS", ""))
