"""The report of a run in a real browser: drawn without an error and without any request."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from reported_runs import HOSTILE, a_failure, a_large_run, a_node, a_task, facts, report_data

from recipebatch.pages import State, run_page
from recipebatch.runs import RunFailures

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page
    from tabs import Tab

    OpenFile = Callable[..., Tab]

NODES = {3: (2, 1), 1_000: (16, 2), 100_000: (60, 4)}


@cache
def page_of(count: int) -> str:
    nodes, slots = NODES[count]
    return run_page(a_large_run(count, nodes=nodes, slots=slots))


def colours(page: Page, y: float) -> list[tuple[int, ...]]:
    """The colours of a line of the timeline, from left to right."""
    script = """(y) => { const c = document.querySelector("#gantt-canvas"), r = window.devicePixelRatio;
        return [...c.getContext("2d").getImageData(0, y * r, c.width, 1).data] }"""
    found: list[int] = page.evaluate(script, y)
    return [tuple(found[place : place + 3]) for place in range(0, len(found), 4)]


def shows(page: Page, colour: tuple[int, int, int]) -> bool:
    """Whether a colour is anywhere in the timeline."""
    script = """([red, green, blue]) => { const c = document.querySelector("#gantt-canvas");
        const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
        for (let k = 0; k < d.length; k += 4) if (d[k] === red && d[k + 1] === green && d[k + 2] === blue) return true;
        return false }"""
    return bool(page.evaluate(script, list(colour)))


def shown_range(page: Page) -> list[float]:
    found: list[float] = page.evaluate("[recipebatch.range.from, recipebatch.range.to]")
    return found


def place_of(page: Page, task: int) -> tuple[float, float]:
    """Where a task is drawn: the middle of its time, on the row of its node; relative to the window."""
    page.locator("#gantt").scroll_into_view_if_needed()
    share = page.evaluate(
        """(i) => { const { data, range } = recipebatch;
        return ((data.began[i] + data.end[i]) / 2 - range.from) / (range.to - range.from) }""",
        task,
    )
    box = page.locator("#gantt-canvas").bounding_box()
    assert box is not None
    return box["x"] + 104 + share * (box["width"] - 112), box["y"] + 24


@pytest.mark.parametrize("count", [3, 1_000, 100_000])
def test_a_report_is_drawn(open_file: OpenFile, count: int) -> None:
    text = page_of(count)
    assert len(text.encode()) < {3: 200_000, 1_000: 1_000_000, 100_000: 6_000_000}[count]
    tab = open_file(text)
    assert tab.ready() == "yes"
    page = tab.page
    assert page.locator("#found").inner_text() == f"{count:,} tasks"
    # Of any number of tasks those in sight are in the table.
    assert page.locator("#grid tbody tr[data-task]").count() <= min(count, 80)
    assert len(set(colours(page, 60))) > 2
    # However many tasks a pixel stands for, one that failed is seen.
    assert shows(page, (200, 80, 10)) is (count > 3)
    assert page.locator("#load canvas").count() == 1


def test_the_time_that_is_shown_is_chosen_by_pointer_buttons_and_keys(open_file: OpenFile) -> None:
    page = (tab := open_file(page_of(1_000))).page
    tab.ready()
    whole = shown_range(page)
    page.locator("#gantt").scroll_into_view_if_needed()
    box = page.locator("#gantt-canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 400, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 600, box["y"] + 90, steps=3)
    page.mouse.up()
    zoomed = shown_range(page)
    assert whole[0] < zoomed[0] < zoomed[1] < whole[1]
    page.locator("#gantt-canvas").dblclick(position={"x": 300, "y": 10})
    assert shown_range(page) == whole
    page.get_by_role("button", name="Zoom in").click()
    assert shown_range(page)[1] - shown_range(page)[0] == pytest.approx((whole[1] - whole[0]) / 2)
    page.locator("#gantt-canvas").focus()
    before = shown_range(page)
    page.keyboard.press("ArrowRight")
    assert shown_range(page)[0] > before[0]
    page.keyboard.press("Escape")
    assert shown_range(page) == whole
    # The other chart zooms too.
    page.locator("#load").scroll_into_view_if_needed()
    over = page.locator("#load .u-over").bounding_box()
    assert over is not None
    page.mouse.move(over["x"] + 100, over["y"] + 50)
    page.mouse.down()
    page.mouse.move(over["x"] + 300, over["y"] + 60, steps=3)
    page.mouse.up()
    assert shown_range(page)[1] < whole[1]


def test_a_task_says_what_it_is_and_a_click_shows_all_of_it(open_file: OpenFile) -> None:
    tasks = (
        a_task("first", 10, 30, item="a.txt"),
        a_task("second", 60, 30, state=State.FAILED, exit_code=3, cause="exit_code", tries=2),
    )
    tab = open_file(run_page(report_data(tasks, (a_node("n1", 0, 100, start_ended=None),))))
    tab.ready()
    page = tab.page
    x, y = place_of(page, 1)
    page.mouse.move(x, y + 8)
    tip = page.locator("#tip")
    assert tip.inner_text().splitlines()[:3] == ["second", "count", "failed, exit code 3, exit_code, 2 tries"]
    assert "node n1\np1, standard_d2s_v5" in tip.inner_text()
    page.mouse.click(x, y + 8)
    details = page.get_by_role("dialog")
    assert details.get_by_role("heading").inner_text() == "second"
    assert "30.0 s" in details.inner_text()
    details.get_by_role("button", name="Close").click()
    assert not details.is_visible()


def test_the_table_of_tasks_sorts_filters_and_scrolls(open_file: OpenFile) -> None:
    page = (tab := open_file(page_of(100_000))).page
    tab.ready()
    rows = page.locator("#grid tbody tr[data-task]")
    header = page.locator("#grid thead")
    header.get_by_role("button", name="Ran").click()
    assert header.get_by_role("columnheader", name="Ran").get_attribute("aria-sort") == "descending"
    longest = max(a_large_run(100_000, nodes=60, slots=4).tasks, key=lambda task: task.seconds or 0.0).id
    assert rows.first.locator("th").inner_text() == longest
    page.locator("#by-state").select_option(label="failed")
    page.locator("#by-template").select_option(label="merge")
    failed = page.locator("#found").inner_text()
    assert failed.endswith(" of 100,000 tasks")
    assert set(rows.locator("td:nth-child(4)").all_inner_texts()) == {"failed"}
    page.locator("#by-state").select_option(label="all")
    page.locator("#by-template").select_option(label="all")
    page.locator("#find").fill("CHAPTER-099999")
    expect(page.locator("#found")).to_have_text("1 of 100,000 tasks")
    assert rows.first.locator("th").inner_text() == "count-099999"
    rows.first.click()
    assert page.get_by_role("dialog").get_by_role("heading").inner_text() == "count-099999"
    page.keyboard.press("Escape")
    page.locator("#find").fill("")
    expect(page.locator("#found")).to_have_text("100,000 tasks")
    header.get_by_role("button", name="Task").click()
    page.locator("#grid").evaluate("(box) => { box.scrollTop = box.scrollHeight }")
    expect(page.locator("#grid tbody")).to_contain_text("merge-100000")


def test_without_javascript_all_tables_are_there(open_file: OpenFile) -> None:
    page = open_file(page_of(1_000), java_script_enabled=False).page
    assert page.get_by_text("The charts need JavaScript; all tables do not.").is_visible()
    for caption in ("Phases", "Durations per template, of the last try of each task", "Node time by pool"):
        assert page.get_by_role("table", name=caption).is_visible()
    assert page.get_by_role("table", name="200 of 1,000 tasks").locator("tbody tr").count() == 200
    assert not page.locator("#gantt").is_visible()
    assert page.get_by_text("ValueError: no words").first.is_visible()


def test_a_browser_that_cannot_unpack_the_data_shows_the_tables(open_file: OpenFile) -> None:
    tab = open_file(page_of(3), init="delete window.DecompressionStream")
    assert tab.ready() == "failed"
    assert tab.page.get_by_role("table", name="All tasks").locator("tbody tr").count() == 3
    assert "DecompressionStream" in tab.errors.pop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_follow_the_system_and_the_button(open_file: OpenFile, scheme: str) -> None:
    page = (tab := open_file(page_of(3), color_scheme=scheme)).page
    tab.ready()
    background = "getComputedStyle(document.body).backgroundColor"
    light, dark = "rgb(247, 248, 250)", "rgb(17, 22, 29)"
    expected = [light, dark] if scheme == "light" else [dark, light]
    before = (page.evaluate(background), colours(page, 40)[4])
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("body")).to_have_css("background-color", expected[1])
    # The next frame has drawn.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    after = (page.evaluate(background), colours(page, 40)[4])
    assert [before[0], after[0]] == expected
    # What is drawn changes too.
    assert before[1] != after[1]


@pytest.mark.parametrize("count", [3, 1_000])
def test_a_narrow_window_scrolls_in_one_direction_only(open_file: OpenFile, count: int) -> None:
    page = (tab := open_file(page_of(count), width=400)).page
    tab.ready()
    assert page.evaluate("document.documentElement.scrollWidth") == 400


def test_no_name_is_more_than_text(open_file: OpenFile) -> None:
    names = dict.fromkeys(("item", "template", "node", "code"), HOSTILE)
    bad = a_task(HOSTILE, state=State.FAILED, cause="command", **names)  # type: ignore[arg-type]
    data = report_data(
        (bad, a_task("fine", template=HOSTILE)),
        (a_node(HOSTILE),),
        facts=facts(recipe=HOSTILE, recipe_text=HOSTILE, parameters={HOSTILE: HOSTILE}),
        failures=RunFailures(kept=(a_failure(HOSTILE, message=HOSTILE, stderr=HOSTILE, stdout=HOSTILE),)),
    )
    tab = open_file(run_page(data))
    assert tab.ready() == "yes"
    assert tab.page.locator("img").count() == 0
    shown = "</script><img src=x onerror=alert(1)>\\u202egnp.exe\\x1b[31m\\x00"
    assert tab.page.locator("#grid tbody th").first.inner_text() == shown
    tab.page.locator("#grid tbody th").first.click()
    assert tab.page.get_by_role("dialog").get_by_role("heading").inner_text() == shown


@pytest.mark.parametrize("name", ["empty", "waiting", "provision"])
def test_a_run_without_a_task_that_ran_has_a_page(open_file: OpenFile, name: str) -> None:
    waiting = tuple(a_task(f"t{place}", None, state=State.WAITING, node="", created=None) for place in range(3))
    data = {
        "empty": report_data(),
        "waiting": report_data(waiting),
        "provision": report_data((), (a_node("n1", 5, None, state="starttaskfailed"),), live=True),
    }[name]
    tab = open_file(run_page(data))
    assert tab.ready() == "yes"
    assert tab.page.get_by_role("heading", name="wordcount").is_visible()
