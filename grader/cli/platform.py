"""The platform that runs us: what its environment says, and where its files are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

FACTS = (
    "CLASSROOM", "ASSIGNMENT", "ASSIGNMENT_TYPE", "OWNER", "USERNAME", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL",
    "REVIEW_URL", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_ACTOR", "GITHUB_ACTOR_ID",
)  # fmt: skip
"""Environment variables of Classroom 50 and GitHub Actions that a report format shows; no others leave this process."""


def platform_facts(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What formats are told of this run."""
    from grader.render.classroom50 import NOW

    known = {name: environment[name] for name in FACTS if environment.get(name)}
    if hidden := environment.get("GRADER_HIDDEN_TESTS"):
        known["hidden"] = hidden
    return known | {NOW: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def in_repository(path: Path | None, environment: Mapping[str, str] = os.environ) -> str:
    """A file's path as its repository has it; relative to here where there is none, empty without a file."""
    if path is None:
        return ""
    root = Path(environment.get("GITHUB_WORKSPACE") or environment.get("CI_PROJECT_DIR") or Path.cwd())
    for base, file in ((root, path.absolute()), (root.resolve(), path.resolve())):
        if file.is_relative_to(base):
            return file.relative_to(base).as_posix()
    return path.name
