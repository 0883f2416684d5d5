"""Tab: a page in a browser, with all that it said and asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page


class Tab:
    """A page with all that it said and asked for.

    Attributes:
        page: of Playwright.
        asked: the addresses it asked for.
        errors: what it wrote to the console as errors or warnings, and exceptions.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)
        page.on("dialog", lambda dialog: self.errors.append(f"dialog: {dialog.message}"))

    def ready(self) -> str:
        """Wait until its script has drawn; whether it could."""
        self.page.wait_for_selector("html[data-ready]")
        return str(self.page.evaluate("document.documentElement.dataset.ready"))

    def _said(self, message: ConsoleMessage) -> None:
        # What tests read of a drawing is no fault of it.
        if message.type in {"error", "warning"} and "getImageData" not in message.text:
            self.errors.append(message.text)
