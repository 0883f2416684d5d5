"""Measures the report of a run for 1,000 and 100,000 tasks; prints one JSON line.

    python benchmarks/bench_report.py [TASKS...]

Needs Chromium, and Playwright of the extra `test`. `open_seconds` is the time from the address to the end of the first
drawing, the median of five; `zoom_seconds` that of drawing both charts again, the median of twenty zooms.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from reported_runs import a_large_run

from recipebatch.pages import run_page, trace_csv

if TYPE_CHECKING:
    from playwright.sync_api import Browser

COUNTS = (1_000, 100_000)
OPENED = 5
ZOOM = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const times = [];
  for (let k = 0; k < 20; k++) {
    const begun = performance.now();
    recipebatch.range.zoom(k % 2 ? 2 : .5);
    await frame();
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[10] / 1000;
}"""


def measured(count: int, browser: Browser, folder: Path) -> dict[str, Any]:
    """The figures of a run of so many tasks."""
    data = a_large_run(count, nodes=60 if count > 5_000 else 16, slots=4 if count > 5_000 else 2)
    begun = time.perf_counter()
    text = run_page(data)
    page_seconds = time.perf_counter() - begun
    trace = trace_csv(data.tasks)
    file = folder / f"{count}.html"
    file.write_text(text, "utf-8")
    opened = []
    zoomed = 0.0
    for _ in range(OPENED):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        begun = time.perf_counter()
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready=yes]")
        opened.append(time.perf_counter() - begun)
        zoomed = float(page.evaluate(ZOOM))
        page.close()
    return {
        "tasks": count,
        "page_bytes": len(text.encode()),
        "trace_bytes": len(trace.encode()),
        "page_seconds": round(page_seconds, 3),
        "open_seconds": round(statistics.median(opened), 3),
        "zoom_seconds": round(zoomed, 3),
    }


def main() -> None:
    """Measure and print."""
    counts = [int(text) for text in sys.argv[1:]] or COUNTS
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program is not None, "Chromium is not installed"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        print(json.dumps([measured(count, browser, Path(folder)) for count in counts]))
        browser.close()


if __name__ == "__main__":
    main()
