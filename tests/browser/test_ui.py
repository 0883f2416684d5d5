"""`recipebatch ui` in a real browser: it follows a run, and asks before it stops one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from listed_runs import RUN, ListedRuns, a_row
from playwright.sync_api import expect
from tabs import Tab

from recipebatch.ui.server import UiServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture
def runs() -> Iterator[ListedRuns]:
    made = ListedRuns()
    yield made
    made.go.set()


@pytest.fixture
def server(runs: ListedRuns) -> Iterator[UiServer]:
    with UiServer(runs, every=0.1) as running:
        yield running


@pytest.fixture
def tab(browser: Browser, server: UiServer) -> Iterator[Tab]:
    """A page that has the cookie of the server."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    opened = Tab(context.new_page())
    opened.page.goto(server.address_for_browser)
    expect(opened.page.get_by_role("heading", name="Runs")).to_be_visible()
    yield opened
    context.close()
    assert opened.errors == []
    own = f"http://127.0.0.1:{server.port}/"
    assert [url for url in opened.asked if not url.startswith((own, "data:"))] == []


def test_the_token_leaves_the_address_and_the_list_follows_the_account(
    tab: Tab, server: UiServer, runs: ListedRuns
) -> None:
    assert tab.page.url == f"http://127.0.0.1:{server.port}/"
    rows = tab.page.locator("table.list tbody tr")
    expect(rows).to_have_count(1)
    runs.more = [a_row("20260102-030406-aaaa", recipe="topn")]
    expect(rows).to_have_count(2)
    tab.page.get_by_role("link", name=RUN).click()
    expect(tab.page.get_by_role("heading", name="wordcount")).to_be_visible()


def test_a_page_follows_its_run_and_keeps_what_the_user_has_set(tab: Tab, runs: ListedRuns) -> None:
    page = tab.page
    page.get_by_role("link", name=RUN).click()
    tab.ready()
    expect(page.locator(".tile").first).to_contain_text("1 succeeded")
    page.locator("#find").fill("count-0")
    expect(page.locator("#found")).to_have_text("1 of 4 tasks")
    page.get_by_text("The recipe as it ran").click()
    runs.done = 3
    expect(page.locator(".tile").first).to_contain_text("3 succeeded")
    expect(page.locator("#found")).to_have_text("1 of 4 tasks")
    expect(page.locator("#find")).to_have_value("count-0")
    expect(page.locator("pre.recipe")).to_be_visible()


def test_a_run_is_stopped_after_a_question_that_names_it(tab: Tab, runs: ListedRuns) -> None:
    page = tab.page
    page.get_by_role("link", name=RUN).click()
    tab.ready()
    page.get_by_role("button", name="Stop…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text(f"Stop run {RUN}?")
    dialog.get_by_role("button", name="Cancel").click()
    assert runs.asked == []
    page.get_by_role("button", name="Stop…").click()
    dialog.get_by_role("button", name="Stop the run").click()
    expect(page.locator("#job")).to_contain_text("terminating 1 job")
    runs.go.set()
    expect(page.locator("#job")).to_contain_text("verdict: stopped")
    expect(page.locator(".verdict")).to_have_text("stopped")
    expect(page.get_by_role("button", name="Stop…")).to_have_count(0)
    assert runs.asked == [f"stop {RUN}"]
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#job")).to_be_hidden()


def test_failed_tasks_are_retried_after_a_question(tab: Tab, runs: ListedRuns) -> None:
    runs.ended, runs.failed = True, 1
    page = tab.page
    page.get_by_role("link", name=RUN).click()
    tab.ready()
    page.get_by_role("button", name="Retry failed tasks…").click()
    page.get_by_role("dialog").get_by_role("button", name="Retry").click()
    expect(page.locator("#job")).to_contain_text("verdict: succeeded")
    assert runs.asked == [f"retry {RUN}"]
