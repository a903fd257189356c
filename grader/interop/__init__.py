"""Interop: assignments of nbgrader and Otter, imported as assignments of a course."""

from grader.interop.imported import Imported, Part, PartCheck
from grader.interop.nbgrader import read_nbgrader
from grader.interop.otter import read_otter
from grader.interop.writing import write_imported

__all__ = ["Imported", "Part", "PartCheck", "read_nbgrader", "read_otter", "write_imported"]
