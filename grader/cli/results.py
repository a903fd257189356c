"""A class's reports between grading and writing them down: in a file, since a large class would fill the memory."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from grader.cli.platform import in_repository, platform_facts
from grader.job_folder import JobFolder
from grader.judge import for_student
from grader.records import decode, encode
from grader.render import Work
from grader.report import Report
from grader.submission import Collected

IN_MEMORY_BYTES = 1 << 20


@dataclass(frozen=True)
class _Kept:
    student: str
    begin: int
    size: int
    place: int
    """Of the submission among those collected; −1 without one."""
    job: JobFolder | None
    needs_human: bool


class Results:
    """Reports by student's name, read again one at a time.

    Args:
        submissions: Where a student's notebook is had from, for formats that show it.
    """

    def __init__(self, submissions: Collected | None = None) -> None:
        self._submissions = submissions
        self._places = {name: place for place, name in enumerate(submissions.students)} if submissions else {}
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 closed with this object
        weakref.finalize(self, self._file.close)
        self._kept: list[_Kept] = []
        self._end = 0
        self._sorted = True

    def add(self, report: Report, job: JobFolder | None = None) -> None:
        """Keeps one more."""
        data = encode(report)
        self._file.seek(self._end)
        self._file.write(data)
        student = report.submission.student
        place = self._places.get(student, -1)
        self._kept.append(_Kept(student, self._end, len(data), place, job, report.needs_human))
        self._end += len(data)
        self._sorted = False

    def __len__(self) -> int:
        return len(self._kept)

    def report(self, number: int) -> Report:
        """One report, in the order of the students' names."""
        kept = self._in_order()[number]
        self._file.seek(kept.begin)
        return decode(self._file.read(kept.size), Report, where=kept.student)

    def work(self, number: int) -> Work:
        """The notebook that a report is about, with the outputs of the graded run."""
        kept = self._in_order()[number]
        outputs = kept.job.outputs() if kept.job else {}
        if self._submissions is None or kept.place < 0:
            return Work(outputs=outputs, platform=platform_facts())
        return Work(
            notebook=self._submissions[kept.place].notebook,
            outputs=outputs,
            source=self._submissions.raw(kept.place).decode(errors="replace"),
            path=in_repository(self._submissions.path(kept.place)),
            platform=platform_facts(),
        )

    def of(self, student: str | None) -> list[int]:
        """The numbers of one student's reports, or of all."""
        return [n for n, kept in enumerate(self._in_order()) if student is None or kept.student == student]

    def reports(self, audience: str = "instructor", student: str | None = None) -> Reports:
        """The reports as an audience may see them."""
        return Reports(self, self.of(student), audience)

    def _in_order(self) -> list[_Kept]:
        if not self._sorted:
            self._kept.sort(key=lambda kept: kept.student)
            self._sorted = True
        return self._kept


class Reports(Sequence[Report]):
    """Some of the results, each read when it is asked for."""

    def __init__(self, results: Results, numbers: Sequence[int], audience: str) -> None:
        self._results = results
        self._numbers = numbers
        self._audience = audience

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Report: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Report]: ...
    def __getitem__(self, index: int | slice) -> Report | Sequence[Report]:
        if isinstance(index, slice):
            return Reports(self._results, self._numbers[index], self._audience)
        report = self._results.report(self._numbers[index])
        return for_student(report) if self._audience == "student" else report
