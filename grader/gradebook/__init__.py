"""The gradebook: results of every run, in SQLite by default and in PostgreSQL by URL."""

from grader.gradebook.store import Gradebook, StoredResult
from grader.mark import Mark

__all__ = ["Gradebook", "Mark", "StoredResult"]
