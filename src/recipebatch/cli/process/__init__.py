"""What the system gives a command: its streams, signals and limits. All output goes through the functions of here."""

from recipebatch.cli.process.failures import failure_of_machine
from recipebatch.cli.process.signals import end_by_signals, exit_code_of_signal
from recipebatch.cli.process.streams import (
    ask,
    ask_which,
    can_ask,
    console_file,
    is_lost,
    own_streams,
    print_bytes,
    print_document,
    print_problems,
    print_text,
    print_value,
    stdout_width,
    tell,
    tell_problems,
    tells_terminal,
    unescaped_stdout,
    unwritten,
)

__all__ = [
    "ask",
    "ask_which",
    "can_ask",
    "console_file",
    "end_by_signals",
    "exit_code_of_signal",
    "failure_of_machine",
    "is_lost",
    "own_streams",
    "print_bytes",
    "print_document",
    "print_problems",
    "print_text",
    "print_value",
    "stdout_width",
    "tell",
    "tell_problems",
    "tells_terminal",
    "unescaped_stdout",
    "unwritten",
]
