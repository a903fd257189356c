"""The layer-by-layer table: two canonical networks side by side, aligned, with the first real difference marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.architecture import COMMUTATIVE, Layer, Network, equal, same_layer
from grader.report import LayerRow

_FIRST = ("units", "filters", "kernel_size", "pool_size", "rate", "input_dim", "output_dim", "target_shape", "function")
_GAP = 1.0
"""Cost of a layer that only one side has."""
_OTHER_KIND = 1.9
"""Cost of two layers of different kinds in one row: a little less than two rows with a gap each."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One row: a layer of each side, or of one."""

    expected: Layer | None = None
    received: Layer | None = None
    same: bool = False
    rewired: bool = False
    """The layers do the same but are called on different ones."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two networks, row by row."""

    expected: Network
    received: Network
    pairs: tuple[Pair, ...]
    equal: bool

    @property
    def score(self) -> float:
        """Share of the layers that match: rows that are the same, of all rows; 0 when that is less than half.

        An input counts as a row only when it differs. An unrelated network that shares a layer or two with the
        reference therefore earns nothing, and one that differs anywhere stays below 1.
        """
        if self.equal:
            return 1.0
        rows = [p for p in self.pairs if not (p.same and _is_input(p))]
        share = sum(p.same for p in rows) / len(rows) if rows else 0.0
        return share if share >= 0.5 else 0.0

    def rows(self) -> tuple[LayerRow, ...]:
        """The table for reports."""
        first = next((p for p in self.pairs if not p.same), None)
        return tuple(
            LayerRow(
                expected=text(p.expected),
                expected_shape=shape_text(p.expected.shape) if p.expected else "",
                expected_parameters=p.expected.parameters if p.expected else None,
                received=text(p.received),
                received_shape=shape_text(p.received.shape) if p.received else "",
                received_parameters=p.received.parameters if p.received else None,
                same=p.same,
                first_difference=p is first,
            )
            for p in self.pairs
        )


def compare(expected: Network, received: Network) -> Comparison:
    """Aligns two networks with as few and as small differences as possible."""
    aligned = _align(expected, received)
    done = equal(expected, received)
    pairs = [
        Pair(
            expected=None if i is None else expected.layers[i],
            received=None if j is None else received.layers[j],
            same=i is not None and j is not None and same_layer(expected.layers[i], received.layers[j]),
        )
        for i, j in aligned
    ]
    if done:
        pairs = [Pair(expected=p.expected, received=p.received, same=True) for p in pairs]
    elif all(p.same for p in pairs):
        pairs = _mark_rewired(expected, received, aligned, pairs)
    return Comparison(expected=expected, received=received, pairs=tuple(pairs), equal=done)


def _is_input(pair: Pair) -> bool:
    return (pair.expected or pair.received or Layer(kind="")).kind == "Input"


def _cost(one: Layer, other: Layer) -> float:
    if same_layer(one, other):
        return 0.0
    if one.kind != other.kind:
        return 2 * _GAP + 1 if "Input" in (one.kind, other.kind) else _OTHER_KIND
    keys = set(one.settings) | set(other.settings)
    differing = sum(one.settings.get(k) != other.settings.get(k) for k in keys)
    return 0.9 if differing > 4 else 0.5 + 0.1 * differing


def _align(expected: Network, received: Network) -> list[tuple[int | None, int | None]]:
    """Global alignment (Needleman and Wunsch, 1970) of the two lists of layers."""
    left, right = expected.layers, received.layers
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left) + 1):
        for j in range(len(right) + 1):
            if i == 0 or j == 0:
                best[i][j] = (i + j) * _GAP
                continue
            best[i][j] = min(
                best[i - 1][j - 1] + _cost(left[i - 1], right[j - 1]),
                best[i - 1][j] + _GAP,
                best[i][j - 1] + _GAP,
            )
    i, j = len(left), len(right)
    found: list[tuple[int | None, int | None]] = []
    while i or j:
        # Gaps first: of two like layers, the later one is called the extra one.
        if j and abs(best[i][j] - best[i][j - 1] - _GAP) < 1e-9:
            j -= 1
            found.append((None, j))
        elif i and abs(best[i][j] - best[i - 1][j] - _GAP) < 1e-9:
            i -= 1
            found.append((i, None))
        else:
            i, j = i - 1, j - 1
            found.append((i, j))
    return found[::-1]


def _mark_rewired(
    expected: Network, received: Network, aligned: list[tuple[int | None, int | None]], pairs: list[Pair]
) -> list[Pair]:
    place = {i: j for i, j in aligned if i is not None and j is not None}
    marked = list(pairs)
    for row, (i, j) in enumerate(aligned):
        if i is None or j is None:
            continue
        wanted, had = [place[n] for n in expected.layers[i].inputs], list(received.layers[j].inputs)
        if expected.layers[i].kind in COMMUTATIVE:
            wanted, had = sorted(wanted), sorted(had)
        if wanted != had:
            marked[row] = Pair(expected=pairs[row].expected, received=pairs[row].received, rewired=True)
    if all(p.same for p in marked) and marked:
        marked[-1] = Pair(expected=marked[-1].expected, received=marked[-1].received, rewired=True)
    return marked


def text(layer: Layer | None) -> str:
    """A layer as a person would write it, e.g. `Conv2D(32, (3, 3), relu)`; empty for none."""
    if layer is None:
        return ""
    if layer.kind == "Input":
        return f"Input{shape_text(layer.shape[1:])}" if layer.shape else "Input"
    settings = dict(layer.settings)
    parts = [_value(settings.pop(key)) for key in _FIRST if key in settings]
    if "activation" in settings:
        parts.append(str(settings.pop("activation")))
    parts += [f"{key}={_quoted(value)}" for key, value in settings.items()]
    return f"{layer.kind}({', '.join(parts)})" if parts else layer.kind


def shape_text(shape: tuple[int | None, ...]) -> str:
    """`(None, 784)`; empty when unknown."""
    return str(tuple(shape)) if shape else ""


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"({', '.join(map(_value, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict) and "class_name" in value:
        return text(Layer(kind=str(value["class_name"]), settings=value.get("settings", {})))
    return str(value)


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) and "=" not in value else _value(value)
