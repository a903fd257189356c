"""Words for made texts: ranks by frequency as Keras numbers them, and something to read at each rank."""

from __future__ import annotations

import numpy as np

from grader.datasets.draws import F64, I64

FREQUENT = [
    "the",
    "and",
    "a",
    "of",
    "to",
    "is",
    "in",
    "it",
    "this",
    "that",
    "was",
    "as",
    "for",
    "with",
    "but",
    "on",
    "not",
    "have",
    "are",
    "be",
    "you",
    "all",
    "at",
    "by",
    "an",
    "from",
    "so",
    "like",
    "or",
    "just",
    "about",
    "out",
    "if",
    "has",
    "what",
    "there",
    "some",
    "good",
    "very",
    "more",
    "when",
    "they",
    "my",
    "no",
    "would",
    "up",
    "time",
    "had",
    "which",
    "only",
    "story",
    "see",
    "even",
    "their",
    "were",
    "me",
    "well",
    "she",
    "we",
    "can",
    "than",
    "much",
    "get",
    "been",
    "into",
    "people",
    "do",
    "because",
    "bad",
    "will",
    "other",
    "most",
    "how",
    "first",
]
_SYLLABLES = [
    c + v
    for c in [
        "b",
        "d",
        "f",
        "g",
        "k",
        "l",
        "m",
        "n",
        "p",
        "r",
        "s",
        "t",
        "v",
        "z",
        "br",
        "dr",
        "gr",
        "kl",
        "pl",
        "st",
        "tr",
    ]
    for v in ["a", "e", "i", "o", "u"]
]


def usage(size: int) -> F64:
    """Relative frequency of each rank, from 1: Zipf's law with the faster fall that both real vocabularies show."""
    rank = np.arange(1, size + 1, dtype=np.float64)
    out: F64 = 1 / ((rank + 2.3) * (1 + rank / 8000))
    return out


def ranked(words: I64, size: int) -> tuple[I64, I64]:
    """Renumbers words by how often they occur, from 1.

    Returns:
        The words' new numbers, and the old number at each rank.
    """
    counts = np.bincount(words, minlength=size)
    by_use = np.argsort(-counts, kind="stable")
    rank = np.empty(size, np.int64)
    rank[by_use] = np.arange(1, size + 1)
    return rank[words], by_use


def spelled(by_use: I64, meanings: dict[int, str]) -> dict[str, int]:
    """A word index: each word's rank.

    Args:
        by_use: old number of the word at each rank.
        meanings: English words for some old numbers; the others get common English words, then invented ones.
    """
    taken = set(meanings.values())
    plain = iter([word for word in FREQUENT if word not in taken])
    index: dict[str, int] = {}
    for rank, old in enumerate(by_use.tolist(), start=1):
        word = meanings.get(old) or next(plain, "") or _invented(old)
        index[word] = rank
    return index


def _invented(number: int) -> str:
    """A different pronounceable word for each number: its digits in syllables, the ending as a mark."""
    base, word = len(_SYLLABLES), ""
    while number:
        number, digit = divmod(number, base)
        word += _SYLLABLES[digit]
    return word + "x"
