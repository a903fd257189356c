"""Runs jobs on this machine, a bounded number at once; the work itself happens in sandboxed processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_all(
    items: Iterable[Item], work: Callable[[Item], Result], *, at_once: int, cancel: threading.Event
) -> Iterator[tuple[Item, Result]]:
    """Yields each item with its result as it is finished; items are taken one by one, so memory stays flat.

    After `cancel` is set nothing new is started; what is under way is waited for (its worker sees the same event).
    An exception of `work` is raised here after the others under way have ended.
    """
    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="job") as pool:
        under_way: dict[Future[Result], Item] = {}
        source = iter(items)
        try:
            while True:
                _fill(under_way, source, pool, work, at_once=at_once, cancel=cancel)
                if not under_way:
                    return
                done, _ = wait(under_way, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    item = under_way.pop(future)
                    yield item, future.result()
        except BaseException:
            cancel.set()
            raise


def _fill(
    under_way: dict[Future[Result], Item],
    source: Iterator[Item],
    pool: ThreadPoolExecutor,
    work: Callable[[Item], Result],
    *,
    at_once: int,
    cancel: threading.Event,
) -> None:
    while len(under_way) < at_once and not cancel.is_set():
        try:
            item = next(source)
        except StopIteration:
            return
        under_way[pool.submit(work, item)] = item
