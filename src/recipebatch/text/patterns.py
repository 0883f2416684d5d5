r"""Regular expressions of others, matched in time that is linear in the text, whatever the expression.

The syntax is that of RE2: as Python's without look-around and references to groups; `\d`, `\w` and `\s` are ASCII, and
the end of the text is `\z`. Source: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

MAX_CHARACTERS = 1000
"""Characters of an expression."""

MAX_STEPS = 3000
"""Instructions of the compiled expression; a search looks at each of them for each character at most."""

MAX_TEXT = 16 * 1024
"""Characters of a text that is compared with an expression of a recipe."""

_MEMORY_BYTES = 256 * 1024
"""What one expression keeps of its states; a search that needs more is slower, not wrong."""

_KEPT = 64
_LONGEST_MESSAGE = 80
_LARGE = ("pattern too large", "invalid repetition size")
_SURROGATES = re.compile("[\ud800-\udfff]")
_PRIVATE = 0x10_0000
# Escapes, classes, and the beginnings of named groups.
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P?<(\w+)>", re.DOTALL)


class InvalidPatternError(ValueError):
    """A text is no expression, or one that is too large.

    Attributes:
        hint: what to write in its place, or None.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class Pattern:
    """A compiled expression.

    Attributes:
        groups: the names of its groups, in their order.
    """

    __slots__ = ("_expression", "groups", "steps")

    def __init__(self, text: str) -> None:
        import re2  # not needed to start the command

        try:
            self._expression: Any = re2.compile(_encodable(text), _options())
            self.steps: int = self._expression.programsize
        except re2.error as error:
            raise _explained(error.args[0]) from None
        if self.steps > MAX_STEPS:
            raise _too_large()
        names = [found[1] for found in _TOKEN.finditer(text) if found[1]]
        twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
        if twice is not None:
            raise InvalidPatternError(f"two groups are called {twice}", hint="give each group its own name")
        index: dict[str, int] = self._expression.groupindex
        self.groups: tuple[str, ...] = tuple(sorted(index, key=index.__getitem__))

    def fits(self, text: str) -> bool:
        """Whether the whole text matches."""
        return self._expression.fullmatch(_encodable(text)) is not None

    def search(self, text: str) -> dict[str, str] | None:
        """The values of the groups at the first place that matches, empty ones too, or None."""
        text = _encodable(text)
        found = self._expression.search(text)
        return None if found is None else {name: found[name] or "" for name in self.groups}


@lru_cache(maxsize=_KEPT)
def compile_pattern(text: str) -> Pattern:
    """Compile an expression.

    Raises:
        InvalidPatternError: it is none, or too large.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidPatternError(f"it has {len(text):,} characters; at most {MAX_CHARACTERS:,} are allowed")
    return Pattern(text)


def _options() -> Any:  # the engine has no types
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    return options


def _encodable(text: str) -> str:
    """The text with each surrogate, which UTF-8 cannot hold, as a character that no text uses."""
    if text.isascii() or not _SURROGATES.search(text):
        return text
    return _SURROGATES.sub(lambda found: chr(_PRIVATE + ord(found[0])), text)


def _explained(message: bytes | str) -> InvalidPatternError:
    words = message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
    if words.startswith(_LARGE):
        return _too_large()
    hint = "the syntax is that of RE2"
    if "perl operator: (?" in words:
        hint += ", without look-around, atomic groups and references to groups"
    elif "escape sequence" in words:
        hint += r", without references to groups; the end of the text is $ or \z"
    return InvalidPatternError(words if len(words) <= _LONGEST_MESSAGE else f"{words[:_LONGEST_MESSAGE]}…", hint=hint)


def _too_large() -> InvalidPatternError:
    return InvalidPatternError("it is too large", hint="use smaller numbers of repetitions, such as {1,100}")
