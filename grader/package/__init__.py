"""Packages: one assignment with everything that a platform needs to grade it."""

from grader.package.gradescope import Needs, Packaged, package_gradescope

__all__ = ["Needs", "Packaged", "package_gradescope"]
