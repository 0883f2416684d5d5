"""The tasks of a run as its page holds them."""

from __future__ import annotations

import base64
import json
import zlib

from reported_runs import HOSTILE, T0, a_large_run, a_node, a_task, report_data

from recipebatch.pages.columns import columns, packed
from recipebatch.pages.model import State


def test_times_are_steps_in_milliseconds_and_names_are_indexes() -> None:
    tasks = (
        a_task("a", 10, 2.5),
        a_task("b", None, state=State.WAITING, node="", template="merge"),
        a_task("c", 12, None, state=State.RUNNING),
    )
    found = columns(report_data(tasks, (a_node("n1", 1, 90),)))
    assert (found["t0"], found["t1"], found["now"]) == (round(T0 * 1000), 100_000, 100_000)
    assert (found["began"], found["ran"]) == ([10_000, None, 2_000], [2_500, None, None])
    assert (found["created"], found["node"]) == ([0, 0, 0], [0, -1, 0])
    assert (found["templates"], found["template"]) == (["count", "merge"], [0, 1, 0])
    assert [found["states"][state] for state in found["state"]] == ["succeeded", "waiting", "running"]
    assert found["nodes"] == [["p1", "n1", "standard_d2s_v5", False, False, 1_000, None, None, 90_000, None, "idle"]]


def test_what_is_packed_has_no_letter_that_a_page_would_read() -> None:
    text = packed(report_data((a_task(HOSTILE, item=HOSTILE, template=HOSTILE, node=HOSTILE, pool=HOSTILE),)))
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
    found = json.loads(zlib.decompress(base64.b64decode(text)))
    # Controls and marks of direction are escaped: the script writes names as they are.
    shown = "</script><img src=x onerror=alert(1)>\\u202egnp.exe\\x1b[31m\\x00"
    assert (found["id"], found["item"], found["templates"], found["nodes"][0][:2]) == (
        [shown],
        [shown],
        [shown],
        [shown, shown],
    )


def test_a_task_takes_few_bytes() -> None:
    assert len(packed(a_large_run(5_000))) < 30 * 5_000
