"""Progress on stderr: live bars on a terminal, plain lines elsewhere; results go to stdout, never here."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from recipebatch.cli.process import console_file, tell, tells_terminal
from recipebatch.cli.render import quoted
from recipebatch.text.sizes import size_text
from recipebatch.text.terminal import one_line

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    from recipebatch.report import ProgressBar

# Without a terminal a long wait says something now and then, not at every look.
_PLAIN_EVERY = 10.0


def open_progress(*, quiet: bool = False) -> PlainProgress | LiveProgress:
    """What fits stderr: bars on a terminal, lines in a pipe or a log."""
    if not quiet and tells_terminal():
        return LiveProgress()
    return PlainProgress(quiet=quiet)


class PlainProgress:
    """Lines of text.

    Args:
        quiet: say nothing but what `say` says.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def say(self, text: str) -> None:
        """Say one line that stays."""
        tell(quoted(text))

    def bar(self, name: str, *, total: int, unit: str) -> ProgressBar:
        """Begin a quantity; it is said when it has moved and some seconds have passed."""
        return _PlainBar(self, name, total, unit, quiet=self._quiet)


class _PlainBar:
    def __init__(self, progress: PlainProgress, name: str, total: int, unit: str, *, quiet: bool) -> None:
        self._progress = progress
        self._name = name
        self._total = total
        self._unit = unit
        self._quiet = quiet
        self._said_at = time.monotonic()
        self._said = ""

    def update(self, done: int, *, total: int | None = None, text: str = "") -> None:
        """Say where it stands, if that is news and the last line was some seconds ago."""
        self._total = self._total if total is None else total
        line = f"{self._name}: {done:,}/{self._total:,} {self._unit}" + (f" ({text})" if text else "")
        now = time.monotonic()
        if not self._quiet and line != self._said and now - self._said_at >= _PLAIN_EVERY:
            self._progress.say(line)
            self._said, self._said_at = line, now

    def close(self) -> None:
        """The phase's own summary follows."""


class LiveProgress:
    """A Rich bar on a terminal while something moves; lines that stay are printed above it.

    Between bars nothing is live: results on stdout, and questions, find a quiet terminal.
    """

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(file=console_file(), highlight=False, markup=False, emoji=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def say(self, text: str) -> None:
        """Say one line that stays."""
        from rich.text import Text

        self._console.print(Text(quoted(text)), soft_wrap=True)

    def bar(self, name: str, *, total: int, unit: str) -> ProgressBar:
        """Begin a bar."""
        return _LiveBar(self._console, name, total, unit)


class _LiveBar:
    def __init__(self, console: Console, name: str, total: int, unit: str) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        elapsed = TimeElapsedColumn()
        elapsed.get_table_column().no_wrap = True
        self._unit = unit
        self._total = total
        self._rich = Progress(
            _shortened("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[amount]}", markup=False),
            elapsed,
            _shortened("{task.fields[text]}", style="dim"),
            console=console,
            transient=True,
            # Results belong to stdout even while a bar moves on stderr.
            redirect_stdout=False,
        )
        self._task = self._rich.add_task(one_line(name), total=total or None, amount="", text="")
        self._rich.start()

    def update(self, done: int, *, total: int | None = None, text: str = "") -> None:
        """Move the bar."""
        self._total = self._total if total is None else total
        amount = f"{done:,}/{self._total:,} {self._unit}"
        if self._unit == "bytes":
            amount = f"{size_text(done)}/{size_text(self._total)}"
        self._rich.update(self._task, completed=done, total=self._total or None, amount=amount, text=one_line(text))

    def close(self) -> None:
        """Take the bar away; the phase's summary stays."""
        self._rich.stop()


def _shortened(template: str, style: str = "") -> ProgressColumn:
    """A column that gives way when the terminal is narrow: the numbers and the time stay."""
    from rich.progress import TextColumn
    from rich.table import Column

    column = TextColumn(template, markup=False, style=style, table_column=Column(overflow="ellipsis"))
    render = column.render

    def in_one_line(task: Task) -> Text:
        text = render(task)
        text.no_wrap, text.overflow = True, "ellipsis"
        return text

    column.render = in_one_line  # type: ignore[method-assign]
    return column
