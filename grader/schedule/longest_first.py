"""The order of a class: what trains longest starts first, so that no long notebook is left alone at the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

EPOCHS = re.compile(rb"\bepochs?\s*=\s*(\d{1,6})\b")


def training_in(source: bytes) -> int:
    """Epochs that a notebook's text asks for, all in all: a guess of how its time compares with a classmate's."""
    return sum(int(number) for number in EPOCHS.findall(source))


def longest_first(count: int, read: Callable[[int], bytes]) -> Sequence[int]:
    """Positions of a class's notebooks, the one with most training first; equals stay in their order.

    Args:
        count: How many there are.
        read: The bytes of the notebook at a position; empty where it can't be read.
    """
    return sorted(range(count), key=lambda place: -training_in(read(place)))
