"""Skips for what a machine lacks, which `.ci/run` turns into failures, and the longest that a test may take."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# The same examples every time, so that a red run is a changed program; HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


SLOW_SECONDS = 2400
"""A test that hangs fails by name and lets the others run; this leaves a whole course's trainings room on two busy cores."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_SECONDS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    required = [name for name in os.environ.get("GRADER_TEST_REQUIRE", "").split(",") if name]
    if report.skipped and any(item.get_closest_marker(name) for name in required):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where it must not be: {report.longrepr}"
    return report
