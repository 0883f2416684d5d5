"""Concurrent calls that stop cleanly: those under way end, and no further ones start."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")

WORKERS = 8


def map_concurrently(
    items: Iterable[Item], work: Callable[[Item], Result], *, workers: int = WORKERS
) -> Iterator[Result]:
    """Call `work` for every item in threads and yield the results as they come.

    Raises:
        Exception: the first one that a call raised; no further call starts then, nor when the caller is interrupted.
    """
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        futures = [pool.submit(work, item) for item in items]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
