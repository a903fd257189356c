"""Release: from one solution notebook with marks to what students get."""

from grader.release.leak import Leak, refuse
from grader.release.releasing import Release, hidden_leaks, release
from grader.release.starter import Starter, starter_of
from grader.release.stripping import Stripped, strip

__all__ = ["Leak", "Release", "Starter", "Stripped", "hidden_leaks", "refuse", "release", "starter_of", "strip"]
