"""Film reviews in the shape of imdb: word ids whose mix leans with the reviewer's opinion."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from grader.datasets.draws import I64, bell, generator, growth, order, pick
from grader.datasets.vocabulary import ranked, spelled, usage

SEED = 20_260_102
WORDS = 88_584
SPLIT = 25_000
LEXICON = 1200
"""Words of each opinion."""
OPINIONATED = 0.15
"""Share of words that carry the opinion, for a review of average outspokenness."""
TOPICS = 60
TOPICAL = 0.18
PRAISE = [
    "great",
    "best",
    "love",
    "excellent",
    "wonderful",
    "perfect",
    "favorite",
    "beautiful",
    "amazing",
    "superb",
    "brilliant",
    "fantastic",
    "enjoyed",
]
SCORN = [
    "worst",
    "boring",
    "waste",
    "awful",
    "terrible",
    "poor",
    "stupid",
    "horrible",
    "worse",
    "dull",
    "lame",
    "ridiculous",
    "annoying",
]


def reviews() -> tuple[dict[str, npt.NDArray[Any]], dict[str, int]]:
    """Writes 50,000 reviews.

    Returns:
        `x_train_words`, `x_train_starts`, `y_train` (25,000 labels, int64) and the same for test; the word index.
    """
    rng = generator(SEED)
    count = 2 * SPLIT
    labels = (np.arange(count) % 2).astype(np.int64)
    labels = np.concatenate([labels[:SPLIT][order(rng, SPLIT)], labels[SPLIT:][order(rng, SPLIT)]])
    lengths = (178 * growth(0.655 * bell(rng, count))).clip(10, 2493).astype(np.int64)
    places = 150 + order(rng, 40_000)
    praise, scorn = np.sort(places[:LEXICON]), np.sort(places[LEXICON : 2 * LEXICON])
    words = _written(rng, labels, lengths, (scorn, praise))
    words, by_use = ranked(words, WORDS)
    meanings = dict(zip(praise.tolist(), PRAISE, strict=False)) | dict(zip(scorn.tolist(), SCORN, strict=False))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    middle = starts[SPLIT]
    arrays = {
        "x_train_words": words[:middle].astype(np.int32),
        "x_train_starts": starts[: SPLIT + 1],
        "y_train": labels[:SPLIT],
        "x_test_words": words[middle:].astype(np.int32),
        "x_test_starts": starts[SPLIT:] - middle,
        "y_test": labels[SPLIT:],
    }
    return arrays, spelled(by_use, meanings)


def _written(rng: np.random.Generator, labels: I64, lengths: I64, lexicons: tuple[I64, I64]) -> I64:
    """All words of all reviews in a row, numbered by their place in the plain usage."""
    total = int(lengths.sum())
    plain = usage(WORDS)
    words = pick(rng, plain, total)
    review = np.repeat(np.arange(len(labels)), lengths)
    words = _topical(rng, words, rng.integers(0, TOPICS, len(labels))[review])
    # How outspoken a review is, and how far it leans to its own side: some praise and then condemn.
    outspoken = OPINIONATED * (0.45 + 1.1 * rng.random(len(labels)))
    leaning = 0.5 + 0.5 * (0.49 + 0.27 * bell(rng, len(labels))).clip(-0.5, 1)
    opinion = np.flatnonzero(rng.random(total) < outspoken[review])
    owner = review[opinion]
    sides = np.where(rng.random(len(opinion)) < leaning[owner], labels[owner], 1 - labels[owner])
    for side, lexicon in enumerate(lexicons):
        at = opinion[sides == side]
        words[at] = lexicon[pick(rng, plain[lexicon], len(at))]
    return words


def _topical(rng: np.random.Generator, words: I64, topic: I64) -> I64:
    """Some words come from what the film is about, which says nothing about the opinion."""
    own = np.flatnonzero(rng.random(len(words)) < TOPICAL)
    step = pick(rng, usage(600), len(own))
    words[own] = (150 + (topic[own] * 997 + step * 61) % 30_000).clip(max=WORDS - 1)
    return words
