"""Scaffold: new assignments and new courses, which grade before anything in them is changed."""

from grader.scaffold.course import make_course
from grader.scaffold.new_assignment import make_assignment

__all__ = ["make_assignment", "make_course"]
