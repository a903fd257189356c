"""Changes to JSON that keep it JSON: most bytes that a coverage-guided fuzzer flips only reach the parser."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 255, -(1 << 31), 1 << 31, 1 << 53, 1 << 63, 1 << 64, 10**40, 0.0, -0.0, 0.5, 1e-320, 1e308,
    "", " ", "0", "a", "x" * 300, "\u0000", "\ud800", "\u202e", "\x1b[31m", "<script>", "=1+1", "../x", "%%bash\n", "!ls", "`",
    "def f(:", "float32", "object", "class_name", "accuracy", [], {}, [[]], [None], {"": None}, [0, 0], [1 << 40, 1 << 40],
)  # fmt: skip
DEEP = 150
MOST_CHANGES = 4


def changed(data: bytes, most: int, seed: int, otherwise: Callable[[bytes, int], bytes]) -> bytes:
    """The JSON with a few parts replaced, left out, doubled, swapped or nested; other bytes as `otherwise` has them."""
    chance = random.Random(seed)
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return otherwise(data, most)
    if chance.random() < 0.15:
        return otherwise(data, most)
    for _ in range(chance.randint(1, MOST_CHANGES)):
        content = _change(content, chance)
    made = json.dumps(content).encode()
    return made if len(made) <= most else otherwise(data, most)


def _change(content: Any, chance: random.Random) -> Any:
    places = list(_places(content))
    if not places:
        return copy.deepcopy(chance.choice(ODD))
    room, key = chance.choice(places)
    match chance.randrange(8):
        case 0 | 1:
            room[key] = copy.deepcopy(chance.choice(ODD))
        case 2:
            del room[key]
        case 3:
            other, at = chance.choice(places)
            room[key] = copy.deepcopy(other[at])
        case 4 if isinstance(room, list):
            room.insert(key, copy.deepcopy(room[key]))
        case 5 if isinstance(room[key], str):
            room[key] = _text(room[key], chance)
        case 6 if isinstance(room[key], int | float):
            room[key] = room[key] * chance.choice((-1, 2, 0.5, 1e9)) + chance.choice((0, 1, -1))
        case 7 if chance.random() < 0.1:
            for _ in range(chance.randint(2, DEEP)):
                room[key] = [room[key]] if chance.random() < 0.5 else {"config": room[key]}
        case _ if isinstance(room, dict):
            room[chance.choice([at for _, at in places if isinstance(at, str)] or ["x"])] = room.pop(key)
    return content


def _text(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    piece = chance.choice(
        ["\n", "\t", "\\", "'", '"', "(", ")", "[", ":", "=", "%", "!", "\u00a0", "\u2028", "é", "\x00", "0", "_"]
    )
    return chance.choice((text[:at] + piece + text[at:], text[:at] + text[at + 1 :], text[:at], text[at:], text * 2))


def _places(content: Any) -> Any:
    waiting = [content]
    while waiting:
        room = waiting.pop()
        for key, part in room.items() if isinstance(room, dict) else enumerate(room) if isinstance(room, list) else ():
            yield room, key
            waiting.append(part)
