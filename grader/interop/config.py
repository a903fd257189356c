"""Reads the YAML of Otter Assign's raw cells."""

from __future__ import annotations

from typing import Any

from grader.errors import AssignmentError, UsageError


def yaml_of(text: str, where: str) -> dict[str, Any]:
    """The settings of a cell, whose first line is a comment to YAML; empty where there are none.

    Raises:
        AssignmentError: it is no YAML, or no list of settings.
        UsageError: PyYAML is not installed.
    """
    try:
        import yaml
    except ImportError as error:
        raise UsageError("reading Otter's settings needs PyYAML", remedy="pip install 'grader[interop]'") from error
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise AssignmentError(f"no YAML: {' '.join(str(error).split())}", where=where) from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise AssignmentError("these are no settings", where=where, remedy="`name: q1` on a line each")
    return found
