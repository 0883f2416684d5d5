"""One Chromium for the tests of a file, without any network but this machine's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from system_programs import required_program
from tabs import Tab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

FLAGS = (
    "--no-sandbox",  # containers of CI run as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser; an event loop runs in this thread as long as it does, and tests of other files start their own."""
    from playwright.sync_api import sync_playwright

    program = required_program("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def open_file(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Tab]]:
    """Opens the text of a page as a file; options are those of a context, such as `color_scheme`."""
    contexts = []
    tabs: list[Tab] = []

    def opened(text: str, *, width: int = 1280, height: int = 900, init: str = "", **options: object) -> Tab:
        file = tmp_path / f"page{len(tabs)}.html"
        file.write_text(text, "utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        contexts.append(context)
        tab = Tab(context.new_page())
        tabs.append(tab)
        if init:
            tab.page.add_init_script(init)
        tab.page.goto(file.as_uri())
        return tab

    yield opened
    for context in contexts:
        context.close()
    for tab in tabs:
        assert tab.errors == []
        assert [url for url in tab.asked if not url.startswith(("file:", "data:"))] == []
