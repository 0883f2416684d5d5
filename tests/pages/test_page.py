"""The page of a run as text: what it shows without JavaScript, and that nothing in it is anything but text."""

from __future__ import annotations

import base64
import hashlib
import re
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from reported_runs import HOSTILE, T0, a_failure, a_large_run, a_node, a_task, facts, phase, report_data

from recipebatch.cost import PoolCost, RunCost
from recipebatch.pages.model import State
from recipebatch.pages.page import MAX_ROWS, run_page
from recipebatch.runs import RunFailures


def pool_cost(pool: str, amount: Decimal | None, **changed: Any) -> PoolCost:
    settings: dict[str, Any] = {"nodes": 1, "nodes_now": 0, "node_seconds": 100, "per_hour": amount, "most": amount}
    return PoolCost(pool=pool, amount=amount, **(settings | changed))


UNKNOWN = facts(verdict="unknown")


class Reader(HTMLParser):
    """The elements of a page, and the text of all but scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._hidden = tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden = self._hidden and tag not in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += f"{data.strip()}\n" if data.strip() else ""

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_a_page_says_all_without_javascript() -> None:
    read = Reader(run_page(a_large_run(1_000)))
    for text in (
        "wordcount",
        "20260102-030405-k3f9",
        "watch: 992 tasks succeeded, 8 failed",
        "992 succeeded",
        "14.4 MiB",
        "1 min 41 s",
        "standard_d2s_v5",
        "ValueError: no words",
        "200 of 1,000 tasks, failed ones first; trace.csv has all of them",
        "The charts need JavaScript; all tables do not.",
    ):
        assert text in read.text
    assert len(read.of("tr")) < MAX_ROWS + 100


def test_a_page_needs_no_network_and_runs_its_own_scripts_only() -> None:
    page = run_page(a_large_run(20, nodes=2))
    read = Reader(page)
    assert [attributes.get("src") for attributes in read.of("script")] == [None] * 3
    assert [attributes["href"] for attributes in read.of("link")] == ["data:,"]
    assert not read.of("img")
    assert all(str(attributes["href"]).startswith("#") for attributes in read.of("a"))
    (policy,) = (each["content"] for each in read.of("meta") if "http-equiv" in each)
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for inside in re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", page, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    # The policy allows no style of an element.
    assert not [attributes for _, attributes in read.elements if "style" in attributes]


def test_a_name_is_never_anything_but_text() -> None:
    plain, hostile = (
        Reader(
            run_page(
                report_data(
                    (
                        a_task(
                            name, item=name, template=name, node=name, state=State.FAILED, code=name, cause="command"
                        ),
                    ),
                    (a_node(name, vm_size=name),),
                    facts=facts(
                        recipe=name,
                        owner=name,
                        recipe_file=name,
                        parameters={name: name},
                        recipe_text=name,
                        went_wrong=(name,),
                        fragments=((name, name),),
                    ),
                    failures=RunFailures(kept=(a_failure(name, message=name, stdout=name, stderr=name, item=name),)),
                    phases=(phase(name, 0.0, 1.0, name),),
                    unknown=(name,),
                    cost=RunCost(pools=(pool_cost(name, None, why_unknown=name),), why_unknown=name, source=name),
                )
            )
        )
        for name in ("plain", HOSTILE)
    )
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in plain.elements]
    assert not {sign for sign in hostile.text if sign in "\x1b\x00\u202e"}
    assert "\\u202egnp.exe" in hostile.text


def test_a_page_is_read_by_a_screen_reader() -> None:
    read = Reader(run_page(a_large_run(300)))
    tags = [tag for tag, _ in read.elements]
    assert (tags.count("main"), tags.count("h1"), tags.count("nav")) == (1, 1, 1)
    assert tags.count("table") == tags.count("caption")
    assert all(attributes.get("scope") for attributes in read.of("th"))
    for drawing in (*read.of("canvas"), *read.of("svg")):
        assert drawing["role"] == "img"
        assert drawing["aria-label"]
    (html,) = read.of("html")
    assert html["lang"] == "en"


@pytest.mark.parametrize(
    ("changed", "shown", "hidden"),
    [
        (
            {"facts": UNKNOWN},
            ["No phase has begun.", "No failed task is recorded.", "No node is known.", "no verdict"],
            ["Timeline"],
        ),
        (
            {"facts": UNKNOWN, "phases": (phase("provision", 0.0, 1.0, "no quota", state="failed"),)},
            ["provision failed", "none were submitted", "no quota"],
            ["no verdict"],
        ),
        ({"live": True, "facts": UNKNOWN}, ["running", "No task has failed so far."], ["no verdict"]),
        ({"failures": RunFailures(total=3)}, ["3 tasks failed; which ones is not recorded."], []),
        ({"tasks": (a_task("a", None, state=State.WAITING, node=""),)}, ["Timeline", "1 waiting"], ["Slowest"]),
        (
            {
                "nodes": (a_node("n1", 0, 100, start_began=T0, start_ended=T0 + 20),),
                "tasks": (a_task("a", 20, 30),),
                "cost": RunCost(
                    currency="EUR", amount=Decimal(1234), most=Decimal(1234), pools=(pool_cost("p1", Decimal(1234)),)
                ),
            },
            # Half of its time the node did nothing of use.
            ["Nodes and cost", "1,234.00 EUR", "617.00 EUR"],
            ["of its nodes went"],
        ),
        (
            {"cost": RunCost(why_unknown="offline", pools=(pool_cost("p1", None, why_unknown="offline"),))},
            ["Cost of nodes", "unknown", "offline"],
            ["EUR"],
        ),
        (
            {"cost": RunCost(currency="EUR", pools=(pool_cost("p1", Decimal(1), most=Decimal(2)),))},
            ["2.00 EUR at most: when some of its nodes went is not known"],
            [],
        ),
    ],
)
def test_a_page_shows_what_there_is(changed: dict[str, object], shown: list[str], hidden: list[str]) -> None:
    text = Reader(run_page(report_data(**changed))).text  # type: ignore[arg-type]
    assert [part for part in shown if part not in text] == []
    assert [part for part in hidden if part in text.replace("Timeline of", "")] == []


def test_the_page_of_a_thousand_tasks_is_below_a_megabyte() -> None:
    assert len(run_page(a_large_run(1_000)).encode()) < 1_000_000
