"""What Keras does to the stored texts of imdb and reuters: shuffle, shift, cut, replace.

Semantics from `keras/src/datasets/imdb.py` and `reuters.py` of Keras 3.15; computed on one flat array, since a Python
loop over 12 million word ids takes a quarter of a minute.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from grader.errors import AssignmentError
from grader.evidence import Array

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class WordOptions:
    """Arguments of Keras' loader, with its defaults."""

    num_words: int | None = None
    skip_top: int = 0
    maxlen: int | None = None
    start_char: int | None = 1
    oov_char: int | None = 2
    index_from: int = 3


@dataclass(frozen=True)
class Texts:
    """Ragged lists of word ids in two flat arrays."""

    words: Ids
    """Every id, text after text."""
    starts: Ids
    """Where each text begins, and the end; one longer than the number of texts."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> Ids:
        """Number of ids of each text."""
        return np.diff(self.starts)

    def take(self, order: Ids) -> Texts:
        """These texts in this order."""
        lengths = self.lengths[order]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Texts(self.words[np.repeat(self.starts[:-1][order], lengths) + within], starts)

    def keep(self, mask: npt.NDArray[np.bool_]) -> Texts:
        """Drops single ids."""
        kept = np.concatenate([[0], np.cumsum(mask)])
        return Texts(self.words[mask], kept[self.starts])

    def rows(self) -> Array:
        """An object array of lists, as Keras returns it."""
        flat, starts = self.words.tolist(), self.starts.tolist()
        out = np.empty(len(self), dtype=object)
        for i in range(len(self)):
            out[i] = flat[starts[i] : starts[i + 1]]
        return out


def texts(arrays: dict[str, Array], key: str) -> Texts:
    """Reads one ragged array of a data file: Keras' object array, or a stand-in's two flat ones."""
    if key in arrays:
        lists = arrays[key]
        starts = np.concatenate([[0], np.cumsum([len(row) for row in lists])]).astype(np.int64)
        return Texts(np.concatenate([np.asarray(row, np.int64) for row in lists]), starts)
    return Texts(arrays[f"{key}_words"].astype(np.int64), arrays[f"{key}_starts"].astype(np.int64))


def select(
    name: str, arrays: dict[str, Array], options: WordOptions, *, seed: int, test_split: float
) -> tuple[Array, Array, Array, Array]:
    """x_train, y_train, x_test, y_test as `load_data` returns them.

    Raises:
        AssignmentError: `maxlen` leaves nothing.
    """
    rng = np.random.RandomState(seed)
    if name == "reuters":
        whole, labels = _shifted(*_shuffled(rng, texts(arrays, "x"), arrays["y"]), options)
        cut = int(len(whole) * (1 - test_split))
    else:
        train, train_labels = _shifted(*_shuffled(rng, texts(arrays, "x_train"), arrays["y_train"]), options)
        test, test_labels = _shifted(*_shuffled(rng, texts(arrays, "x_test"), arrays["y_test"]), options)
        cut = len(train)
        whole = Texts(
            np.concatenate([train.words, test.words]),
            np.concatenate([train.starts, train.starts[-1] + test.starts[1:]]),
        )
        labels = np.concatenate([train_labels, test_labels])
    if cut == 0 or cut == len(whole):
        raise AssignmentError(f"maxlen={options.maxlen} leaves no text", where=name, remedy="increase maxlen")
    rows = _limited(whole, options).rows()
    return rows[:cut], labels[:cut], rows[cut:], labels[cut:]


def _shuffled(rng: np.random.RandomState, rows: Texts, labels: Array) -> tuple[Texts, Array]:
    order = np.arange(len(rows))
    rng.shuffle(order)
    return rows.take(order), labels[order]


def _shifted(rows: Texts, labels: Array, options: WordOptions) -> tuple[Texts, Array]:
    """Ids moved up by `index_from`, the start mark put in front, texts of `maxlen` ids or more dropped."""
    if options.start_char is not None:
        marked = np.insert(rows.words + options.index_from, rows.starts[:-1], options.start_char)
        rows = Texts(marked, rows.starts + np.arange(len(rows.starts)))
    elif options.index_from:
        rows = replace(rows, words=rows.words + options.index_from)
    if options.maxlen:
        short = np.flatnonzero(rows.lengths < options.maxlen)
        return rows.take(short), labels[short]
    return rows, labels


def _limited(rows: Texts, options: WordOptions) -> Texts:
    # Without a limit Keras takes the largest id as an exclusive bound, so that id itself becomes oov_char.
    limit = options.num_words or int(rows.words.max())
    inside = (rows.words >= options.skip_top) & (rows.words < limit)
    if options.oov_char is None:
        return rows.keep(inside)
    return replace(rows, words=np.where(inside, rows.words, options.oov_char))
