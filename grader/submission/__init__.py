"""What students handed in: notebooks from files, folders and the archives of learning platforms."""

from grader.notebook.reading import read_notebook
from grader.submission.collect import Collected, collect
from grader.submission.submission import Submission, read_submission

__all__ = ["Collected", "Submission", "collect", "read_notebook", "read_submission"]
