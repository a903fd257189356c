"""Skips for what a machine lacks, which `.ci/run` turns into failures."""

import os
from collections.abc import Iterator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    required = [name for name in os.environ.get("GRADER_TEST_REQUIRE", "").split(",") if name]
    if report.skipped and any(item.get_closest_marker(name) for name in required):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where it must not be: {report.longrepr}"
    return report
