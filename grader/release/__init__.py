"""Release: from one solution notebook with marks to what students get."""

from grader.release.releasing import Release, release
from grader.release.starter import Starter, starter_of
from grader.release.stripping import Stripped, strip

__all__ = ["Release", "Starter", "Stripped", "release", "starter_of", "strip"]
