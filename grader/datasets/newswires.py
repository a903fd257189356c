"""Newswires in the shape of reuters: 11,228 short texts on 46 topics, of which a few are most of the news."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from grader.datasets.draws import I64, bell, generator, growth, order, pick
from grader.datasets.vocabulary import ranked, spelled, usage

SEED = 20_260_103
WORDS = 30_979
TOPIC_SIZES = (
    67, 537, 94, 3972, 2423, 22, 62, 19, 177, 126, 154, 473, 62, 209, 28, 29, 543, 51, 86, 682, 339, 127, 22,
    53, 81, 123, 32, 19, 58, 23, 57, 52, 42, 16, 57, 16, 60, 21, 22, 29, 46, 38, 16, 27, 17, 19,
)  # fmt: skip
"""As in the real set, by label."""
OWN = 90
"""Words of a topic's own."""
SHARED = 100
"""Words of a group of related topics."""
GROUPS = 9
TOPICAL = 0.34
STRAY = 0.11
"""Share of texts that are mostly about another topic than their label says."""


def newswires() -> tuple[dict[str, npt.NDArray[Any]], dict[str, int]]:
    """Writes all of them.

    Returns:
        `x_words`, `x_starts` (11,229), `y` (11,228 labels, int64); the word index.
    """
    rng = generator(SEED)
    sizes = np.array(TOPIC_SIZES)
    labels = np.repeat(np.arange(len(sizes)), sizes)[order(rng, int(sizes.sum()))].astype(np.int64)
    count = len(labels)
    lengths = (98 * growth(0.83 * bell(rng, count))).clip(5, 2375).astype(np.int64)
    text = np.repeat(np.arange(count), lengths)
    total = len(text)
    # A stray text is drawn like the news at large, so mostly it looks like one of the two large topics.
    stray = rng.random(count) < STRAY
    about = np.where(stray, labels[order(rng, count)], labels)
    share = TOPICAL * (0.35 + 1.3 * rng.random(count))
    words = pick(rng, usage(WORDS), total)
    kind = rng.random(total)
    topical = np.flatnonzero(kind < share[text])
    words[topical] = _of_topic(rng, about[text[topical]])
    words, by_use = ranked(words, WORDS)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return {"x_words": words.astype(np.int32), "x_starts": starts, "y": labels}, spelled(by_use, {})


def _of_topic(rng: np.random.Generator, topic: I64) -> I64:
    """Half from the topic's own words, half from those of its group."""
    own = rng.random(len(topic)) < 0.5
    step = np.where(own, pick(rng, usage(OWN), len(topic)), pick(rng, usage(SHARED), len(topic)))
    place = np.where(own, topic * 1009 + step * 41, (topic % GROUPS) * 2003 + step * 37 + 11)
    words: I64 = 60 + place % 9000
    return words
