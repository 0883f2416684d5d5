"""ui as a command: it prints an address, answers whoever has it, and ends with Ctrl-C."""

from __future__ import annotations

import signal
import webbrowser
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from recipebatch.cli.commands.ui import open_in_browser

if TYPE_CHECKING:
    from command import Cli


def test_the_pages_are_served_until_ctrl_c(cli: Cli) -> None:
    process = cli.start("ui", "--no-browser")
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with urlopen(address, timeout=30) as answer:  # noqa: S310 - of the loopback address
            cookie = answer.headers["Set-Cookie"].split(";")[0]
        home = Request(address.partition("?")[0], headers={"Cookie": cookie})  # noqa: S310 - the same
        with urlopen(home, timeout=60) as answer:  # noqa: S310 - the same
            assert "runs of account local" in answer.read().decode()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert "Ctrl-C ends it; the address is for you alone" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("kind", ["none", "of the terminal", "of the desktop"])
def test_no_browser_is_opened_in_the_terminal(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    opened: list[str] = []

    class Desktop(webbrowser.BaseBrowser):
        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: FBT001, FBT002 - as it is called
            del new, autoraise
            opened.append(url)
            return True

    def get() -> webbrowser.BaseBrowser:
        if kind == "none":
            raise webbrowser.Error
        return Desktop() if kind == "of the desktop" else webbrowser.GenericBrowser("w3m")

    monkeypatch.setattr(webbrowser, "get", get)
    open_in_browser("http://127.0.0.1:1/?token=x")
    assert opened == (["http://127.0.0.1:1/?token=x"] if kind == "of the desktop" else [])
