"""Signals: what the command says and leaves, and with which exit code it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from recipebatch.cli.process import end_by_signals, exit_code_of_signal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

    WriteRecipe = Callable[..., Path]

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
PROGRAM = """
import sys, time
from recipebatch.cli import app as command

def work(**_):
    try:
        print("ready", file=sys.__stderr__, flush=True)
        time.sleep(60)
    finally:
        if "slow" in sys.argv:
            print("ready", file=sys.__stderr__, flush=True)
            time.sleep(60)

command.app = work
command.main()
"""


def started(*arguments: str, ignored: tuple[int, ...] = ()) -> subprocess.Popen[str]:
    """The program, at work."""

    def ignore() -> None:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)

    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=ignore,  # noqa: PLW1509 - no threads are running
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "ready\n"
    return process


@pytest.mark.parametrize(("number", "code"), CODES.items())
def test_a_signal_interrupts_in_words_and_with_its_exit_code(number: int, code: int) -> None:
    process = started("--json")
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert err == "error: interrupted [interrupted]\n"
    assert f'"exit_code": {code}' in out


STARTING = """
import os, signal, sys
from recipebatch import __main__ as entry

class Signal:
    def find_spec(self, name, *_):
        if name == "recipebatch.cli.app":
            os.kill(os.getpid(), int(sys.argv[1]))

sys.meta_path.insert(0, Signal())
entry.main()
"""


@pytest.mark.parametrize(("number", "code"), CODES.items())
def test_a_signal_while_the_command_starts_is_told_too(number: int, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTING, str(int(number))], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (code, "error: interrupted [interrupted]\n")


@pytest.mark.parametrize(("number", "code"), CODES.items())
def test_a_second_signal_ends_at_once(number: int, code: int) -> None:
    process = started("slow")
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert process.stderr.readline() == "ready\n"
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == code


def test_an_ignored_signal_stays_ignored() -> None:
    process = started(ignored=(signal.SIGHUP, signal.SIGINT))
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 143


def test_the_handlers_of_the_caller_are_put_back() -> None:
    before = [signal.getsignal(number) for number in CODES]
    with end_by_signals():
        assert [signal.getsignal(number) for number in CODES] != before
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        assert exit_code_of_signal() == 143
    assert [signal.getsignal(number) for number in CODES] == before


TEXT = """\
storage: {output: {}}
tasks:
  - name: slow
    commands: ['until [ -e FILE ]; do sleep 0.2; done']
collect: [{container: output, into: out}]
purge: always
"""


def test_an_interrupted_run_says_what_is_left_and_goes_on(cli: Cli, write_recipe: WriteRecipe, tmp_path: Path) -> None:
    recipe = write_recipe("signals", TEXT.replace("FILE", str(tmp_path / "go")))
    assert cli("apply", recipe, "--to", "submit", cwd=tmp_path).returncode == 0
    for number, code in CODES.items():
        process = cli.start("apply", recipe, cwd=tmp_path)
        assert process.stderr is not None
        assert any(line.startswith("submit: already done") for line in process.stderr)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        assert process.returncode == code, err
        assert "error: interrupted; " in err
        assert "continue: run the same command again" in err
        assert "recipebatch purge" in err
    (tmp_path / "go").touch()
    done = cli("apply", recipe, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
