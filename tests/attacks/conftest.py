"""Batches that are graded once."""

from __future__ import annotations

import os

import pytest
from attacks import batch
from attacks.batch import Batch
from attacks.catalogue import ALL
from attacks.honest import HONEST

from grader.execute.sandbox import available_sandboxes

LEVELS = os.environ.get("GRADER_ATTACK_LEVELS", "bubblewrap").split(",")
"""`make attacks` takes every level; here the best one, since a whole batch takes minutes."""


@pytest.fixture(scope="session", params=LEVELS)
def everything(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Batch:
    _require(request.param)
    return batch.grade(tmp_path_factory.mktemp(request.param), request.param, ALL, tuple(HONEST))


def _require(level: str) -> None:
    if level not in [sandbox.level for sandbox in available_sandboxes()]:
        missing = f"{level} does not work here"
        if level in os.environ.get("GRADER_TEST_REQUIRE", "").split(","):
            pytest.fail(missing)
        pytest.skip(missing)
