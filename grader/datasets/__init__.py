"""Keras' data sets from its cache, or stand-ins of the same shape and difficulty; Keras itself is never imported."""

from grader.datasets.cache import fetch, keras_folder, require
from grader.datasets.dataset import Dataset, Source
from grader.datasets.load import available, load
from grader.datasets.standins import Status, make, stand_in_folder, status

__all__ = [
    "Dataset",
    "Source",
    "Status",
    "available",
    "fetch",
    "keras_folder",
    "load",
    "make",
    "require",
    "stand_in_folder",
    "status",
]
